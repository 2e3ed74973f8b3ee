//! What `#[cache_page]` writes on each framework, and what `#[derive(SharedInput)]` adds.

use crate::page::Framework::{self, Actix, Axum};
use crate::stage::{page_of, shared_input_of};

fn snapshot(name: &str, framework: Framework, arguments: &str, source: &str) {
    let written = page_of(framework, arguments, source);
    let text = format!("#[cache_page({arguments})]\n{source}\n\n// becomes\n\n{written}");

    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("page_{name}"), text);
    });
}

#[test]
fn a_handler_gets_the_page_before_its_arguments() {
    let source = "/// What it costs.\n#[debug_handler]\n#[expect(unused)]\npub async fn pricing(State(db): State<Db>, Query(q): Query<Plan>) -> impl IntoResponse { db.price(q).await? }";

    snapshot("handler", Axum, "60 * 15, cache = \"marketing\", key_prefix = \"beta\"", source);
}

#[test]
fn expressions_look_at_arguments_by_reference() {
    let arguments = "\"1h\", key = \"{user.id}\", tags = [\"all\", \"plan:{q.plan}\"], force_refresh = request.header(\"a\").is_some(), when = q.page < 9, ignore(body)";
    let source =
        "async fn shown(user: User, Query(mut q): Query<Plan>, Json(body): Json<u8>) -> String { a }";

    snapshot("expressions", Axum, arguments, source);
}

#[test]
fn headers_are_narrowed_before_all_else() {
    let source = "async fn hello(headers: HeaderMap, uri: Uri) -> String { a }";

    snapshot("vary", Axum, "60, vary = [\"accept-language\"]", source);
}

#[test]
fn every_word_reaches_the_policy() {
    let arguments = "Timeout::NEVER, statuses = [200, 404], error_timeout = 5, ignore_query = [\"utm_*\"], max_body = LIMIT, client_timeout = TTL, wait = \"1s\", stale_while_revalidate = 60, stale_if_error = \"1d\", companions = pages, crate = ::caching";

    snapshot("policy", Axum, arguments, "async fn page() {}");
}

#[test]
fn a_handler_without_companions_keeps_its_body_inside() {
    let source = "#[cfg(unix)] async fn generic<T: Show, const N: usize>(state: State<T>) -> Result<String, Fault> where T: Clone { a }";

    snapshot("without_companions", Axum, "60, companions = false", source);
}

#[test]
fn at_the_most_arguments_the_first_rides_along() {
    let arguments: Vec<_> = (0..16).map(|at| format!("a{at}: State<T{at}>")).collect();

    snapshot("most_arguments", Axum, "60", &format!("async fn many({}) {{}}", arguments.join(", ")));
}

#[test]
fn a_route_of_actix_has_the_companions_on_its_own_type() {
    let source = "#[get(\"/\")] async fn index(query: web::Query<Plan>) -> impl Responder { a }";

    snapshot("actix_route", Actix, "60, query = [\"plan\"]", source);
}

#[test]
fn a_shared_extractor_asks_the_same_of_each_field() {
    let source =
        "struct Article<T> { id: Path<T>, #[shared_input(ignore)] user: User, options: Query<Options> }";

    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("shared_input", shared_input_of(source));
    });
}

#[test]
fn a_body_of_bytes_is_said_by_number_and_unit() {
    for (text, bytes) in
        [("1 MiB", "1048576"), ("2KiB", "2048"), ("3 kB", "3000"), ("4MB", "4000000"), ("5", "5")]
    {
        let written = page_of(Framework::Axum, &format!("60, max_body = \"{text}\""), "async fn page() {}");

        assert!(written.contains(&format!(".max_body({bytes})")), "{text}: {written}");
    }
}
