//! `{% filter cache(…) %}` in templates of askama.

use std::time::Duration;

use askama::Template;
use cache_runtime::fragment::Fragment;
use cache_runtime::{Timeout, Ttl, fragment};

use crate::stage::{Renders, Stage};

mod filters {
    pub(super) use cache_runtime::fragment::askama::cache;
}

#[derive(Template)]
#[template(
    source = "{% filter cache(60, \"card\", id) %}<b>{{ name }}</b> {{ renders.note() }}{% endfilter %}",
    ext = "html"
)]
struct Card<'a> {
    id: u64,
    name: &'a str,
    renders: &'a Renders,
}

#[derive(Template)]
#[template(
    source = "{% filter cache(\"1h\", \"pair\", (id, &language), cache = \"marketing\", force_refresh = self.fresh) %}\
              {{ language }} {{ renders.note() }}{% endfilter %}",
    ext = "html"
)]
struct Pair<'a> {
    id: u64,
    language: String,
    fresh: bool,
    renders: &'a Renders,
}

#[derive(Template)]
#[template(source = "{% filter cache(timeout, name, ()) %}text{% endfilter %}", ext = "html")]
struct Timed<'a> {
    timeout: Timeout,
    name: &'a str,
}

#[derive(Template)]
#[template(
    source = "{% filter cache(timeout, \"card\", (), cache = alias) %}text{% endfilter %}",
    ext = "html"
)]
struct Wrong<'a> {
    timeout: &'a str,
    alias: &'a str,
}

#[derive(Template)]
#[template(
    source = "{% filter cache(60, \"outer\", id) %}{{ id }}: \
              {% filter cache(60, \"inner\", ()) %}inner {{ renders.note() }}{% endfilter %}{% endfilter %}",
    ext = "html"
)]
struct Nested<'a> {
    id: u64,
    renders: &'a Renders,
}

#[derive(Template)]
#[template(source = "{% filter cache(60, \"failing\", ()) %}{{ self.text()? }}{% endfilter %}", ext = "html")]
struct Failing(Option<&'static str>);

impl Failing {
    fn text(&self) -> Result<&'static str, std::fmt::Error> {
        self.0.ok_or(std::fmt::Error)
    }
}

#[derive(Template)]
#[template(source = "<p>{{ card }}</p>", ext = "html")]
struct Page {
    card: Fragment,
}

#[test]
fn a_block_is_rendered_once_for_each_vary_value() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let card = |id, name| Card { id, name, renders: &renders }.render().unwrap();

    let texts = stage.run(|| [card(1, "Ada"), card(2, "Grace"), card(1, "nobody")]);

    assert_eq!(texts, ["<b>Ada</b> 1", "<b>Grace</b> 2", "<b>Ada</b> 1"]);
    assert_eq!(renders.count(), 2);
}

#[test]
fn the_text_is_escaped_once() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let card = || Card { id: 1, name: "A & B", renders: &renders }.render().unwrap();

    let texts = stage.run(|| [card(), card()]);

    assert_eq!(texts, ["<b>A &#38; B</b> 1", "<b>A &#38; B</b> 1"]);
}

#[test]
fn a_tuple_is_several_values_and_the_cache_is_stated() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let pair = |language: &str| {
        Pair { id: 1, language: language.to_owned(), fresh: false, renders: &renders }.render().unwrap()
    };

    let texts = stage.run(|| [pair("de"), pair("fr"), pair("de")]);

    assert_eq!(texts, ["de 1", "fr 2", "de 1"]);
    let key = fragment::make_fragment_key("pair", &[&1, &"de"]);
    let ttl = stage.cache("marketing").blocking().ttl(key).unwrap();
    assert_eq!(ttl, Some(Ttl::After(Duration::from_hours(1))));
}

#[test]
fn a_refresh_renders_and_stores() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let pair = |fresh| Pair { id: 1, language: "de".to_owned(), fresh, renders: &renders }.render().unwrap();

    let texts = stage.run(|| [pair(false), pair(true), pair(false)]);

    assert_eq!(texts, ["de 1", "de 2", "de 2"]);
}

#[test]
fn nothing_to_vary_on_is_the_key_of_the_name_alone() {
    let stage = Stage::new();

    stage.run(|| {
        Timed { timeout: Timeout::NEVER, name: "alone" }.render().unwrap();
        assert!(fragment::invalidate_blocking("alone", &[]).unwrap());
    });
}

#[test]
fn a_timeout_that_is_no_length_of_time_is_an_error() {
    let error = Stage::new().run(|| Wrong { timeout: "soon", alias: "" }.render()).unwrap_err();

    assert_eq!(error.to_string(), "\"soon\" is not a length of time");
}

#[test]
fn an_alias_that_no_cache_has_is_an_error() {
    let error = Stage::new().run(|| Wrong { timeout: "60", alias: "marketting" }.render()).unwrap_err();

    assert!(error.to_string().contains("did you mean `marketing`?"), "{error}");
}

#[test]
fn fragments_nest() {
    let (stage, renders) = (Stage::new(), Renders::new());

    let texts = stage.run(|| [1, 2].map(|id| Nested { id, renders: &renders }.render().unwrap()));

    assert_eq!(texts, ["1: inner 1", "2: inner 1"]);
}

#[test]
fn an_error_in_the_block_is_the_templates_and_nothing_is_stored() {
    let stage = Stage::new();

    let outcomes = stage.run(|| [Failing(None).render(), Failing(Some("text")).render()]);

    assert!(outcomes[0].is_err());
    assert_eq!(outcomes[1].as_ref().unwrap(), "text");
}

#[test]
fn a_fragment_of_rust_is_safe_in_a_template() {
    let page = Page { card: Fragment::from("<b>&amp;</b>") };

    assert_eq!(page.render().unwrap(), "<p><b>&amp;</b></p>");
}

#[test]
fn a_template_is_the_text_of_a_fragment_of_rust() {
    fn page(renders: &Renders) -> askama::Result<String> {
        let card = fragment!(60, "rendered by askama", Card { id: 1, name: "Ada", renders }.render()?);
        Page { card }.render()
    }
    let (stage, renders) = (Stage::new(), Renders::new());

    let text = stage.run(|| page(&renders)).unwrap();

    assert_eq!(text, "<p><b>Ada</b> 1</p>");
}

mod letters {
    //! A template that escapes nothing, with the filter for such.

    use askama::Template;

    mod filters {
        pub(super) use cache_runtime::fragment::askama::cache_text as cache;
    }

    #[derive(Template)]
    #[template(source = "{% filter cache(60, \"card\", id) %}<b>{{ name }}</b>{% endfilter %}", ext = "txt")]
    pub(super) struct Letter<'a> {
        pub(super) id: u64,
        pub(super) name: &'a str,
    }
}

/// What a letter fills without escaping is no markup, though it has the same name and values.
#[test]
fn a_template_that_escapes_nothing_fills_no_markup() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let letter = || letters::Letter { id: 1, name: "A & B" }.render().unwrap();
    let card = || Card { id: 1, name: "A & B", renders: &renders }.render().unwrap();

    let texts = stage.run(|| [letter(), card(), letter(), card()]);

    assert_eq!(texts, ["<b>A & B</b>", "<b>A &#38; B</b> 1", "<b>A & B</b>", "<b>A &#38; B</b> 1"]);
}
