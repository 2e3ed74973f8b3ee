//! `cache_get` and `cache_put` in templates of Tera.

use std::sync::Arc;

use cache_runtime::fragment::{self, Fragment};
use tera::{Context, Kwargs, State, Tera, Value};

use crate::stage::{Renders, Stage};

const CARD: &str = "{% set card = cache_get(name='card', vary=[id]) %}\
                    {% if card %}{{ card }}{% else %}\
                    {% set body %}<b>{{ name }}</b> {{ rendered() }}{% endset %}\
                    {{ cache_put(name='card', vary=[id], timeout=60, value=body) }}\
                    {% endif %}";

/// A template with the two functions, and with `rendered()`, which says how often it was called.
fn templates(source: &str, renders: &Arc<Renders>) -> Tera {
    let mut tera = Tera::default();
    fragment::tera::install(&mut tera);
    let renders = Arc::clone(renders);
    tera.register_function("rendered", move |_: Kwargs, _: &State<'_>| renders.note());
    tera.add_raw_template("page.html", source).unwrap();
    tera
}

fn user(id: u64, name: &str) -> Context {
    let mut context = Context::new();
    context.insert("id", &id);
    context.insert("name", name);
    context
}

/// Why a template cannot be rendered.
#[track_caller]
fn fault(source: &str) -> String {
    let (stage, renders) = (Stage::new(), Renders::new());
    let outcome = stage.run(|| templates(source, &renders).render("page.html", &Context::new()));
    format!("{:?}", outcome.unwrap_err())
}

#[test]
fn a_block_is_rendered_once_for_each_vary_value() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let tera = templates(CARD, &renders);

    let texts = stage.run(|| {
        [user(1, "Ada"), user(2, "Grace"), user(1, "nobody")]
            .map(|user| tera.render("page.html", &user).unwrap())
    });

    assert_eq!(texts, ["<b>Ada</b> 1", "<b>Grace</b> 2", "<b>Ada</b> 1"]);
    assert_eq!(renders.count(), 2);
}

#[test]
fn the_text_is_escaped_once() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let tera = templates(CARD, &renders);

    let texts = stage.run(|| [(); 2].map(|()| tera.render("page.html", &user(1, "A & B")).unwrap()));

    assert_eq!(texts, ["<b>A &amp; B</b> 1", "<b>A &amp; B</b> 1"]);
}

#[test]
fn a_value_has_the_same_digest_in_a_template_and_in_rust() {
    let (stage, renders, nothing) = (Stage::new(), Renders::new(), None::<u8>);
    let source = "{{ cache_put(name='typed', timeout=none, value='text', \
                  vary=[7, '7', 1.5, true, none, [1, 2], {'b': 1, 'a': 2}]) }}";

    let found = stage.run(|| {
        templates(source, &renders).render("page.html", &Context::new()).unwrap();
        let map = std::collections::BTreeMap::from([("b", 1), ("a", 2)]);
        let vary: [&dyn fragment::Vary; 7] = [&7, &"7", &1.5, &true, &nothing, &[1, 2], &map];
        fragment::invalidate_blocking("typed", &vary).unwrap()
    });

    assert!(found);
}

#[test]
fn an_invalidation_from_code_reaches_a_template() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let tera = templates(CARD, &renders);

    let texts = stage.run(|| {
        let first = tera.render("page.html", &user(1, "Ada")).unwrap();
        fragment::invalidate_all_blocking("card").unwrap();
        [first, tera.render("page.html", &user(1, "Grace")).unwrap()]
    });

    assert_eq!(texts, ["<b>Ada</b> 1", "<b>Grace</b> 2"]);
}

#[test]
fn a_stated_cache_is_used_and_a_refresh_skips_the_lookup() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let source = "{% set card = cache_get(name='card', cache='marketing', version=2, force_refresh=fresh) %}\
                  {% if card %}{{ card }}{% else %}\
                  {{ cache_put(name='card', cache='marketing', version=2, force_refresh=fresh, timeout='15m', value=rendered()) }}\
                  {% endif %}";
    let tera = templates(source, &renders);

    let texts = stage.run(|| {
        [false, true, false].map(|fresh| {
            let mut context = Context::new();
            context.insert("fresh", &fresh);
            tera.render("page.html", &context).unwrap()
        })
    });

    assert_eq!(texts, ["1", "2", "2"]);
    assert_eq!((stage.entries("marketing"), stage.entries("default")), (1, 0));
}

#[test]
fn wrong_arguments_are_errors() {
    let faults = [
        ("{{ cache_get(vary=[1]) }}", "name"),
        ("{{ cache_get(name='card', alias='marketing') }}", "`alias` is no argument of a fragment"),
        ("{{ cache_get(name='card', cache='marketting') }}", "did you mean `marketing`?"),
        ("{{ cache_put(name='card', value='text') }}", "timeout"),
        ("{{ cache_put(name='card', value='text', timeout='soon') }}", "a timeout is seconds"),
        ("{{ cache_put(name='card', timeout=60) }}", "value"),
        ("{{ cache_get(name='card', vary=[missing]) }}", "missing"),
    ];
    for (source, expected) in faults {
        let fault = fault(source);
        assert!(fault.contains(expected), "{source}: {fault}");
    }
}

#[test]
fn a_fragment_of_rust_is_safe_in_a_template() {
    let mut context = Context::new();
    context.insert_value("card", Value::from(Fragment::from("<b>&amp;</b>")));

    let text = templates("{{ card }}", &Renders::new()).render("page.html", &context).unwrap();

    assert_eq!(text, "<b>&amp;</b>");
}

/// What `mail.txt` fills without escaping is no markup, though it has the same name and values.
#[test]
fn a_template_that_escapes_nothing_fills_no_markup() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let mut tera = templates(CARD, &renders);
    tera.add_raw_template("mail.txt", CARD).unwrap();
    let render = |name: &str| tera.render(name, &user(7, "&")).unwrap();

    let texts = stage.run(|| ["mail.txt", "page.html", "mail.txt", "page.html"].map(render));

    assert_eq!(texts, ["<b>&</b> 1", "<b>&amp;</b> 2", "<b>&</b> 1", "<b>&amp;</b> 2"]);
}

/// Two engines over one cache, of which one has an escaping of its own.
#[test]
fn an_engine_that_escapes_by_its_own_rules_has_texts_of_its_own() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let (usual, mut own) = (templates(CARD, &renders), templates(CARD, &renders));
    own.set_escape_fn(|text, out| out.write_all(text.to_uppercase().as_bytes()));

    let texts =
        stage.run(|| [&own, &usual, &own].map(|tera| tera.render("page.html", &user(7, "a&b")).unwrap()));

    assert_eq!(texts, ["<b>A&B</b> 1", "<b>a&amp;b</b> 2", "<b>A&B</b> 1"]);
}
