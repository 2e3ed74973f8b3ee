//! `{% call cache(…) %}` in templates of `MiniJinja`.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::fragment::{self, Fragment};
use cache_runtime::{Ttl, force_refresh_blocking};
use minijinja::{Environment, ErrorKind, Value, context};

use crate::stage::{Renders, Stage};

/// Templates with `cache`, and with `rendered()`, which says how often it was called.
fn environment(renders: &Arc<Renders>) -> Environment<'static> {
    let mut environment = Environment::new();
    fragment::minijinja::install(&mut environment);
    let renders = Arc::clone(renders);
    environment.add_function("rendered", move || renders.note());
    environment
}

/// Renders templates one after the other, in the caches of `stage`.
#[track_caller]
fn render_all<const N: usize>(stage: &Stage, templates: [(&str, Value); N]) -> [String; N] {
    let environment = environment(&Renders::new());
    stage.run(|| {
        templates.map(|(source, context)| environment.render_named_str("page.html", source, context).unwrap())
    })
}

/// Why a template cannot be rendered.
#[track_caller]
fn fault(source: &str, context: Value) -> minijinja::Error {
    let stage = Stage::new();
    let renders = Renders::new();
    let outcome = stage.run(|| environment(&renders).render_named_str("page.html", source, context));
    assert_eq!(renders.count(), 0, "the block was rendered");
    outcome.unwrap_err()
}

const CARD: &str = "{% call cache(2, 'card', user.id) %}{{ user.name }} {{ rendered() }}{% endcall %}";

fn user(id: u64, name: &str) -> Value {
    context! { user => context! { id, name } }
}

#[test]
fn fr009_a_cold_fragment_is_the_content_of_its_block() {
    assert_eq!(render_all(&Stage::new(), [(CARD, user(7, "Ada"))]), ["Ada 1"]);
}

#[test]
fn fr009_it_is_fresh_for_its_timeout() {
    let stage = Stage::new();
    assert_eq!(render_all(&stage, [(CARD, user(7, "Ada"))]), ["Ada 1"]);

    stage.clock.advance(Duration::from_millis(1900));
    assert_eq!(render_all(&stage, [(CARD, user(7, "Grace"))]), ["Ada 1"]);
    stage.clock.advance(Duration::from_millis(200));
    assert_eq!(render_all(&stage, [(CARD, user(7, "Grace"))]), ["Grace 1"]);
}

#[test]
fn fr010_another_template_with_the_name_has_the_text_of_the_first() {
    let other = "{% call cache(2, 'card', 7) %}something else{% endcall %}";

    let texts = render_all(&Stage::new(), [(CARD, user(7, "Ada")), (other, Value::UNDEFINED)]);

    assert_eq!(texts, ["Ada 1", "Ada 1"]);
}

#[test]
fn fr011_each_vary_value_has_a_text_of_its_own() {
    let texts = render_all(
        &Stage::new(),
        [(CARD, user(1, "Ada")), (CARD, user(2, "Grace")), (CARD, user(1, "nobody"))],
    );

    assert_eq!(texts, ["Ada 1", "Grace 2", "Ada 1"]);
}

#[test]
fn fr013_a_timeout_from_a_variable_finds_the_text_of_a_literal_one() {
    let literal = "{% call cache(60, 'timed') %}literal{% endcall %}";
    let variable = "{% call cache(time, 'timed') %}variable{% endcall %}";

    let texts = render_all(&Stage::new(), [(literal, context! {}), (variable, context! { time => 60 })]);

    assert_eq!(texts, ["literal", "literal"]);
}

#[test]
fn fr014_a_call_without_arguments_is_an_error() {
    let error = fault("{% call cache() %}text{% endcall %}", context! {});

    assert!(error.to_string().contains("`cache` takes a timeout and a name"), "{error}");
}

#[test]
fn fr015_a_call_with_a_timeout_alone_is_an_error() {
    let error = fault("{% call cache(500) %}text{% endcall %}", context! {});

    assert!(error.to_string().contains("`cache` takes a timeout and a name"), "{error}");
}

#[test]
fn fr017_a_timeout_that_is_no_number_is_an_error() {
    let template = "{% call cache(time, 'card') %}{{ rendered() }}{% endcall %}";
    for time in [Value::from("soon"), Value::from(""), Value::from(true), Value::from(vec![1])] {
        let error = fault(template, context! { time });

        assert!(error.to_string().contains("a timeout is seconds"), "{error}");
    }
}

#[test]
fn fr019_vary_values_with_spaces_are_digested() {
    let template = "{% call cache(60, 'words', words) %}{{ words }}{% endcall %}";

    let texts = ["a b", "a  b"].map(|words| (template, context! { words }));

    assert_eq!(render_all(&Stage::new(), texts), ["a b", "a  b"]);
}

#[test]
fn fr021_a_timeout_may_be_an_expression_with_filters() {
    let stage = Stage::new();
    let template = "{% call cache(time|replace('x y', '1')|int, 'filtered') %}text{% endcall %}";

    render_all(&stage, [(template, context! { time => "x y0" })]);

    let ttl = stage.cache("default").blocking().ttl(fragment::make_fragment_key("filtered", &[])).unwrap();
    assert_eq!(ttl, Some(Ttl::After(Duration::from_secs(10))));
}

#[test]
fn fr024_a_cache_for_fragments_is_used_where_there_is_one() {
    let stage = Stage::with(&["template_fragments"]);

    render_all(&stage, [(CARD, user(7, "Ada"))]);

    assert_eq!((stage.entries("template_fragments"), stage.entries("default")), (1, 0));
}

#[test]
fn fr026_an_alias_that_no_cache_has_is_an_error() {
    let error =
        fault("{% call cache(60, 'card', cache='marketting') %}{{ rendered() }}{% endcall %}", context! {});

    assert!(error.to_string().contains("did you mean `marketing`?"), "{error}");
}

#[test]
fn a_stated_cache_and_version_are_used() {
    let stage = Stage::new();
    let template = "{% call cache(60, 'card', cache='marketing', version=2) %}text{% endcall %}";

    render_all(&stage, [(template, context! {})]);

    let cache = stage.cache("marketing").with_version(2).blocking();
    assert!(cache.has_key(fragment::make_fragment_key("card", &[])).unwrap());
}

#[test]
fn timeouts_have_several_forms() {
    let forms = [
        ("none", Some(Ttl::Never)),
        ("'never'", Some(Ttl::Never)),
        ("90", Some(Ttl::After(Duration::from_secs(90)))),
        ("0.5", Some(Ttl::After(Duration::from_millis(500)))),
        ("'90'", Some(Ttl::After(Duration::from_secs(90)))),
        ("'15m'", Some(Ttl::After(Duration::from_mins(15)))),
        ("0", None),
        ("-1", None),
        ("'-1'", None),
    ];
    for (form, expected) in forms {
        let stage = Stage::new();
        render_all(
            &stage,
            [(&*format!("{{% call cache({form}, 'card') %}}text{{% endcall %}}"), context! {})],
        );

        let ttl = stage.cache("default").blocking().ttl(fragment::make_fragment_key("card", &[])).unwrap();
        assert_eq!(ttl, expected, "{form}");
    }
}

#[test]
fn an_undefined_timeout_is_an_error() {
    let error = fault("{% call cache(time, 'card') %}text{% endcall %}", context! {});

    assert_eq!(error.kind(), ErrorKind::UndefinedError);
}

#[test]
fn an_undefined_vary_value_is_an_error() {
    for vary in ["missing", "user.missing", "[1, missing]", "{'a': missing}"] {
        let source = format!("{{% call cache(60, 'card', 1, {vary}) %}}{{{{ rendered() }}}}{{% endcall %}}");

        let error = fault(&source, user(7, "Ada"));

        assert_eq!(error.kind(), ErrorKind::UndefinedError, "{error}");
    }
}

#[test]
fn a_vary_value_without_content_of_its_own_is_an_error() {
    let error = fault("{% call cache(60, 'card', range) %}{{ rendered() }}{% endcall %}", context! {});

    assert!(error.to_string().contains("cannot vary on"), "{error}");
}

#[test]
fn an_unknown_option_is_an_error() {
    let error =
        fault("{% call cache(60, 'card', alias='marketing') %}{{ rendered() }}{% endcall %}", context! {});

    assert!(error.to_string().contains("unknown keyword argument 'alias'"), "{error}");
}

#[test]
fn a_name_that_is_no_text_is_an_error() {
    let error = fault("{% call cache(60, 7) %}{{ rendered() }}{% endcall %}", context! {});

    assert!(error.to_string().contains("the name of a fragment is text"), "{error}");
}

#[test]
fn a_call_without_a_block_is_an_error() {
    let error = fault("{{ cache(60, 'card') }}", context! {});

    assert!(error.to_string().contains("`cache` has a block"), "{error}");
}

#[test]
fn a_value_has_the_same_digest_in_a_template_and_in_rust() {
    let (stage, list, nothing) = (Stage::new(), vec![1, 2], None::<u8>);
    let vary = "7, '7', 1.5, true, none, list, [[1], 'a'], 18446744073709551615, -1, {'b': 1, 'a': 2}";
    let source = format!("{{% call cache(60, 'typed', {vary}) %}}text{{% endcall %}}");
    render_all(&stage, [(&*source, context! { list => &list })]);

    let nested: (&[i32], &str) = (&[1], "a");
    let map = std::collections::BTreeMap::from([("b", 1), ("a", 2)]);
    let found = stage.run(|| {
        let vary: [&dyn fragment::Vary; 10] =
            [&7, &"7", &1.5, &true, &nothing, &list, &nested, &u64::MAX, &-1, &map];
        fragment::invalidate_blocking("typed", &vary).unwrap()
    });

    assert!(found);
}

#[test]
fn the_text_is_escaped_once() {
    let stage = Stage::new();
    let template = "<p>{% call cache(60, 'escaped') %}<b>{{ name }}</b>{% endcall %}</p>";

    let texts = render_all(&stage, [(template, context! { name => "A & B" }), (template, context! {})]);

    assert_eq!(texts, ["<p><b>A &amp; B</b></p>", "<p><b>A &amp; B</b></p>"]);
}

#[test]
fn without_escaping_the_text_is_as_it_is() {
    let (stage, environment) = (Stage::new(), environment(&Renders::new()));
    let template = "{% call cache(60, 'plain') %}<b>{{ name }}</b>{% endcall %}";

    let texts = stage.run(|| {
        [context! { name => "A & B" }, context! {}]
            .map(|context| environment.render_named_str("page.txt", template, context).unwrap())
    });

    assert_eq!(texts, ["<b>A & B</b>", "<b>A & B</b>"]);
}

#[test]
fn a_fragment_of_rust_is_safe_in_a_template() {
    let [text] = render_all(
        &Stage::new(),
        [("{{ card }}", context! { card => Value::from(Fragment::from("<b>&amp;</b>")) })],
    );

    assert_eq!(text, "<b>&amp;</b>");
}

#[test]
fn a_refresh_renders_and_stores() {
    let stage = Stage::new();
    let template = "{% call cache(60, 'card', force_refresh=fresh) %}{{ rendered() }}{% endcall %}";

    let texts = render_all(&stage, [false, true, false].map(|fresh| (template, context! { fresh })));

    assert_eq!(texts, ["1", "2", "2"]);
}

#[test]
fn a_refresh_scope_refreshes_fragments() {
    let stage = Stage::new();
    render_all(&stage, [(CARD, user(7, "Ada"))]);

    let texts = force_refresh_blocking(|| render_all(&stage, [(CARD, user(7, "Grace"))]));

    assert_eq!(texts, ["Grace 1"]);
}

#[test]
fn fragments_nest() {
    let template = "{% call cache(60, 'outer', page) %}\
                    page {{ page }}: {% call cache(60, 'inner') %}inner {{ rendered() }}{% endcall %}\
                    {% endcall %}";

    let texts = render_all(&Stage::new(), [1, 2].map(|page| (template, context! { page })));

    assert_eq!(texts, ["page 1: inner 1", "page 2: inner 1"]);
}

#[test]
fn a_fragment_in_a_loop_sees_the_variables_of_the_loop() {
    let template = "{% for id in [1, 2, 1] %}\
                    {% call cache(60, 'row', id) %}{{ prefix }}{{ id }}:{{ rendered() }} {% endcall %}\
                    {% endfor %}";

    let [text] = render_all(&Stage::new(), [(template, context! { prefix => "#" })]);

    assert_eq!(text, "#1:1 #2:2 #1:1 ");
}

#[test]
fn an_error_in_the_block_is_the_templates_and_nothing_is_stored() {
    let (stage, environment) = (Stage::new(), environment(&Renders::new()));
    let template = "{% call cache(60, 'card') %}{{ 1 / by }}{% endcall %}";

    let outcomes = stage.run(|| {
        [context! { by => "x" }, context! { by => 1 }]
            .map(|context| environment.render_named_str("page.html", template, context))
    });

    assert_eq!(outcomes[0].as_ref().unwrap_err().kind(), ErrorKind::InvalidOperation);
    assert_eq!(outcomes[1].as_ref().unwrap(), "1.0");
}

#[test]
fn an_invalidation_from_code_reaches_a_template() {
    let (stage, id) = (Stage::new(), 7);
    render_all(&stage, [(CARD, user(7, "Ada"))]);

    stage.run(|| assert!(fragment::invalidate_blocking("card", &[&id]).unwrap()));

    assert_eq!(render_all(&stage, [(CARD, user(7, "Grace"))]), ["Grace 1"]);
}

#[test]
fn a_fragment_of_a_shared_store_is_rendered_within_a_runtime() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let environment = environment(&renders);
    let template = "{% call cache(60, 'card', cache='shared') %}{{ rendered() }}{% endcall %}";
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();

    let texts = runtime.block_on(stage.run_async(async {
        [(); 2].map(|()| environment.render_named_str("page.html", template, ()).unwrap())
    }));

    assert_eq!(texts, ["1", "1"]);
}

/// What `mail.txt` fills without escaping is no markup, though it has the same name and values.
#[test]
fn a_template_that_escapes_nothing_fills_no_markup() {
    let (stage, environment) = (Stage::new(), environment(&Renders::new()));
    let card = "{% call cache(60, 'card', id) %}{{ name }} {{ rendered() }}{% endcall %}";
    let visitor = context! { id => 7, name => "<b>" };
    let render = |name| environment.render_named_str(name, card, &visitor).unwrap();

    let texts = stage
        .run(|| ["mail.txt", "page.html", "data.json", "feed.xml", "letter.txt", "more.json"].map(render));

    assert_eq!(texts, ["<b> 1", "&lt;b&gt; 2", "\"<b>\" 3", "&lt;b&gt; 2", "<b> 1", "\"<b>\" 3"]);
}

#[test]
fn an_invalidation_reaches_the_texts_of_all_templates() {
    let (stage, environment) = (Stage::new(), environment(&Renders::new()));
    let card = "{% call cache(60, 'card', 7) %}{{ rendered() }}{% endcall %}";
    let render = |name| environment.render_named_str(name, card, ()).unwrap();
    let pages = ["mail.txt", "page.html"];

    let texts = stage.run(|| {
        let before = pages.map(render);
        assert!(fragment::invalidate_blocking("card", &[&7]).unwrap());
        let between = pages.map(render);
        assert!(fragment::Named::new("card").of(&[&7]).invalidate_blocking().unwrap());
        [before, between, pages.map(render)]
    });

    assert_eq!(texts, [["1", "2"], ["3", "4"], ["5", "6"]]);
}
