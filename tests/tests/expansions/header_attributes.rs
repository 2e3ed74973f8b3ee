//! What the attributes of headers write, and what they say of themselves.

use crate::headers::Attribute;
use crate::headers::directive::DIRECTIVES;
use crate::stage::{complaints_of_headers, with_headers};

const DOCUMENTATION: &str = include_str!("../../../cache-macros/src/headers/cache_control.md");

fn snapshot(name: &str, attribute: Attribute, arguments: &str, source: &str) {
    let written = with_headers(attribute, arguments, source);
    let text = format!("#[{}({arguments})]\n{source}\n\n// becomes\n\n{written}", attribute.name());

    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn a_function_keeps_its_body_inside() {
    let source = "/// The inbox.\n#[must_use]\n#[expect(unused)]\npub async fn inbox(State(db): State<Db>, _user: User) -> impl IntoResponse { db.inbox().await? }";

    snapshot("headers_never_cache", Attribute::NeverCache, "", source);
}

#[test]
fn directives_are_made_once() {
    let arguments =
        "public, max_age = 60, s_maxage = \"1h\", no_cache = \"Set-Cookie\", \"a\" = \"b\", \"c\"";

    snapshot("headers_cache_control", Attribute::CacheControl, arguments, "fn logo() -> Svg { svg() }");
}

#[test]
fn an_attribute_below_another_goes_under_it() {
    let source = "fn page() -> ::cache_runtime::__private::Dressed<Page, ::cache_runtime::__private::NeverCache> { made() }";

    snapshot("headers_under_another", Attribute::VaryOnHeaders, "\"Accept\"", source);
}

#[test]
fn a_method_keeps_its_body_beside_it() {
    let source = "pub fn page<T: Show>(&self, shown: T) -> Html { self.show(shown) }";

    snapshot("headers_method", Attribute::VaryOnCookie, "crate = other", source);
}

#[test]
fn a_condition_is_weighed_before_the_body() {
    let arguments = "etag = revision(*id).await, last_modified = page.changed";
    let source = "async fn show(Path((id, _)): Path<(u64, u8)>, page: Page) -> Html { page.show(id).await }";

    snapshot("headers_condition", Attribute::Condition, arguments, source);
}

#[test]
fn a_page_is_kept_as_the_attributes_below_make_it() {
    let said = complaints_of_headers(Attribute::VaryOnCookie, "", "#[cache_page(60)] async fn page() {}");

    let expected = "`#[cache_page]` stands above `#[vary_on_cookie]`, since it keeps the page as the attributes \
                    below it make it";
    assert_eq!(said, [expected]);
}

#[test]
fn complaints_about_the_words_and_the_function_are_said_at_once() {
    let said = complaints_of_headers(Attribute::CacheControl, "pubic, max_age", "const fn page() {}");

    assert_eq!(said.len(), 3, "{said:#?}");
}

#[test]
fn directives_that_go_together_are_taken() {
    for together in [
        "public, private = \"Age\"",
        "private, no_cache, no_store, must_revalidate, max_age = 0",
        "no_store, max_age = \"0s\"",
        "no_store, max_age = Duration::ZERO",
        "no_store, must_understand, max_age = 60",
        "no_cache, max_age = 60",
        "no_cache = \"Age\", stale_while_revalidate = 60",
    ] {
        let said = complaints_of_headers(Attribute::CacheControl, together, "fn page() {}");

        assert!(said.is_empty(), "{together}: {said:?}");
    }
}

#[test]
fn must_understand_reconciles_no_store_alone() {
    let said = "public, no_store, private, must_understand";

    let said = complaints_of_headers(Attribute::CacheControl, said, "fn page() {}");

    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("`private` contradicts `public`"), "{said:?}");
}

#[test]
fn every_directive_is_documented_in_the_words_of_the_table() {
    for directive in DIRECTIVES {
        let row = format!("| `{}` | {} |", directive.form(), directive.documentation);

        assert!(DOCUMENTATION.contains(&row), "no row {row}");
    }
}
