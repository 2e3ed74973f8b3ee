//! `fragment!` around blocks that do not wait.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use cache_runtime::fragment::{Fragment, Named};
use cache_runtime::{Timeout, Ttl, force_refresh_blocking, fragment};

use crate::stage::{Renders, Stage};

/// A fragment that says how often it was rendered.
fn card(renders: &Renders, user: u64) -> Fragment {
    fragment!(2, "card", vary = [user], { format!("user {user}, rendered {}", renders.note()) })
}

#[test]
fn fr009_a_cold_fragment_is_the_content_of_its_block() {
    let (stage, renders) = (Stage::new(), Renders::new());

    let text = stage.run(|| card(&renders, 7));

    assert_eq!(text, "user 7, rendered 1");
}

#[test]
fn fr009_it_is_fresh_for_its_timeout() {
    let (stage, renders) = (Stage::new(), Renders::new());
    stage.run(|| {
        let cold = card(&renders, 7);

        stage.clock.advance(Duration::from_millis(1900));
        let fresh = card(&renders, 7);
        stage.clock.advance(Duration::from_millis(200));
        let expired = card(&renders, 7);

        assert_eq!((cold == fresh, expired.as_str()), (true, "user 7, rendered 2"));
    });
}

#[test]
fn fr010_another_fragment_of_the_name_has_the_text_of_the_first() {
    let stage = Stage::new();

    let (first, second) = stage.run(|| {
        let first = fragment!(60, "shared name", "the first");
        (first, fragment!(60, "shared name", "the second"))
    });

    assert_eq!((first.as_str(), second.as_str()), ("the first", "the first"));
}

#[test]
fn fr011_each_vary_value_has_a_text_of_its_own() {
    let (stage, renders) = (Stage::new(), Renders::new());

    let texts = stage.run(|| [card(&renders, 1), card(&renders, 2), card(&renders, 1)]);

    assert_eq!(texts, ["user 1, rendered 1", "user 2, rendered 2", "user 1, rendered 1"]);
}

#[test]
fn fr013_the_timeout_is_not_part_of_the_key() {
    const MINUTE: Duration = Duration::from_mins(1);
    let stage = Stage::new();

    let second = stage.run(|| {
        let _first = fragment!(60, "timed", "the first");
        fragment!(MINUTE, "timed", "the second")
    });

    assert_eq!(second, "the first");
}

#[test]
fn fr019_vary_values_with_spaces_are_digested() {
    let stage = Stage::new();

    let texts = stage.run(|| ["a b", "a  b"].map(|words| fragment!(60, "words", vary = [words], words)));

    assert_eq!(texts, ["a b", "a  b"]);
}

#[test]
fn fr024_a_cache_for_fragments_is_used_where_there_is_one() {
    let (stage, renders) = (Stage::with(&["template_fragments"]), Renders::new());

    let _text = stage.run(|| card(&renders, 7));

    assert_eq!((stage.entries("template_fragments"), stage.entries("default")), (1, 0));
}

#[test]
fn fr024_without_one_it_is_the_default() {
    let (stage, renders) = (Stage::new(), Renders::new());

    let _text = stage.run(|| card(&renders, 7));

    assert_eq!(stage.entries("default"), 1);
}

#[test]
fn a_stated_cache_is_used() {
    let stage = Stage::with(&["template_fragments"]);

    let _text = stage.run(|| fragment!(60, "card", cache = "marketing", "text"));

    assert_eq!((stage.entries("marketing"), stage.entries("template_fragments")), (1, 0));
}

#[test]
fn a_cache_that_is_not_there_renders_without_one() {
    let (stage, renders) = (Stage::new(), Renders::new());

    let text = stage.run(|| {
        let _first = fragment!(60, "lost", cache = "nowhere", renders.note());
        fragment!(60, "lost", cache = "nowhere", renders.note())
    });

    assert_eq!(text, "2");
}

#[test]
fn a_version_sees_texts_of_its_own() {
    let stage = Stage::new();

    let second = stage.run(|| {
        let _first = fragment!(60, "versioned", "the first");
        fragment!(60, "versioned", version = 2, "the second")
    });

    assert_eq!(second, "the second");
}

#[test]
fn timeouts_have_four_forms() {
    const HOURS: u64 = 2;
    let stage = Stage::new();
    let cache = stage.cache("default").blocking();

    stage.run(|| {
        let _all = [
            fragment!(HOURS * 3600, "seconds", "text"),
            fragment!(Duration::from_secs(30), "duration", "text"),
            fragment!("1h 30m", "text", "text"),
            fragment!(Timeout::NEVER, "never", "text"),
            fragment!(Timeout::Default, "default", "text"),
        ];
    });

    let ttl = |name: &str| cache.ttl(fragment::make_fragment_key(name, &[])).unwrap().unwrap();
    assert_eq!(ttl("seconds"), Ttl::After(Duration::from_hours(2)));
    assert_eq!(ttl("duration"), Ttl::After(Duration::from_secs(30)));
    assert_eq!(ttl("text"), Ttl::After(Duration::from_mins(90)));
    assert_eq!(ttl("never"), Ttl::Never);
    assert_eq!(ttl("default"), Ttl::After(Duration::from_mins(5)));
}

#[test]
fn a_refresh_renders_and_stores() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let card = |fresh: bool| fragment!(60, "refreshed", force_refresh = fresh, renders.note());

    let texts = stage.run(|| [card(false), card(true), card(false)]);

    assert_eq!(texts, ["1", "2", "2"]);
}

#[test]
fn a_refresh_scope_refreshes_fragments() {
    let (stage, renders) = (Stage::new(), Renders::new());

    let texts = stage.run(|| {
        let first = card(&renders, 7);
        [first, force_refresh_blocking(|| card(&renders, 7)), card(&renders, 7)]
    });

    assert_eq!(texts, ["user 7, rendered 1", "user 7, rendered 2", "user 7, rendered 2"]);
}

#[test]
fn blocks_may_return_every_kind_of_text() {
    let stage = Stage::new();

    stage.run(|| {
        assert_eq!(fragment!(60, "string", String::from("text")), "text");
        assert_eq!(fragment!(60, "str", "text"), "text");
        assert_eq!(fragment!(60, "cow", Cow::Borrowed("text")), "text");
        assert_eq!(fragment!(60, "arc", Arc::<str>::from("text")), "text");
        assert_eq!(fragment!(60, "char", 't'), "t");
        assert_eq!(fragment!(60, "number", 42), "42");
        assert_eq!(fragment!(60, "fragment", Fragment::from("text")), "text");
    });
}

#[test]
fn markup_of_maud_is_kept_and_written_unescaped() {
    let stage = Stage::new();

    let page = stage.run(|| {
        let card = fragment!(60, "maud", maud::html! { b { "Ada & Co" } });
        maud::html! { li { (maud::PreEscaped(card)) } }.into_string()
    });

    assert_eq!(page, "<li><b>Ada &amp; Co</b></li>");
}

#[test]
fn a_block_changes_what_is_around_it_on_a_miss_only() {
    let stage = Stage::new();
    let mut names = vec!["Ada"];

    stage.run(|| {
        for _ in 0..2 {
            let _text = fragment!(60, "changing", vary = [names[0]], {
                names.push("Grace");
                names.join(" ")
            });
        }
    });

    assert_eq!(names, ["Ada", "Grace"]);
}

#[test]
fn a_block_may_take_what_is_around_it() {
    let (stage, name) = (Stage::new(), String::from("Ada"));

    let text = stage.run(|| fragment!(60, "taking", vary = [name], name));

    assert_eq!(text, "Ada");
}

#[test]
fn a_fragment_in_a_fragment_is_kept_for_itself() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let page = |page: u8| {
        fragment!(60, "outer", vary = [page], {
            let inner = fragment!(60, "inner", format!("inner {}", renders.note()));
            format!("page {page}: {inner}")
        })
    };

    let texts = stage.run(|| [page(1), page(2)]);

    assert_eq!(texts, ["page 1: inner 1", "page 2: inner 1"]);
}

#[test]
fn a_fragment_within_itself_is_run_through() {
    fn nested(depth: u8) -> Fragment {
        fragment!(
            60,
            "recursive",
            if depth == 0 { "end".to_owned() } else { format!("({})", nested(depth - 1)) }
        )
    }
    let stage = Stage::new();

    let text = stage.run(|| nested(2));

    assert_eq!(text, "((end))");
}

#[test]
fn a_hit_copies_no_text() {
    let (stage, renders) = (Stage::new(), Renders::new());

    let texts = stage.run(|| [card(&renders, 7), card(&renders, 7), card(&renders, 7)]);

    assert_eq!(texts[1].as_ptr(), texts[2].as_ptr());
    assert_eq!(texts[0].as_ptr(), texts[1].as_ptr());
}

#[test]
fn a_text_weighs_what_it_is_long() {
    let stage = Stage::new();

    let _text = stage.run(|| fragment!(60, "heavy", "x".repeat(10_000)));

    assert!(stage.cache("default").stats().weight.unwrap() >= 10_000);
}

#[test]
fn a_shared_store_keeps_the_text() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let card = || fragment!(60, "far", cache = "shared", renders.note());

    let texts = stage.run(|| [card(), card()]);

    assert_eq!(texts, ["1", "1"]);
    let key = fragment::make_fragment_key("far", &[]);
    assert_eq!(stage.cache("shared").blocking().get::<String>(key).unwrap().as_deref(), Some("1"));
}

#[test]
fn every_fragment_is_listed_with_what_it_did() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let user = 7;
    stage.run(|| {
        for _ in 0..3 {
            let _text = fragment!(60, "listed", vary = [user, user + 1], cache = "marketing", renders.note());
        }
    });

    let functions = stage.caches.functions();
    let listed = functions.iter().find(|function| function.name == "listed").unwrap();

    assert_eq!((listed.alias, listed.key), ("marketing", "fragment:listed:{user},{user + 1}"));
    assert_eq!((listed.hits, listed.computations), (2, 1));
    assert!(listed.file.ends_with("blocks.rs"));
}

#[test]
fn what_the_macro_writes_can_be_written_by_hand() {
    static CARD: Named<'static> = Named::new("card").timeout(Timeout::secs(2));
    let (stage, renders) = (Stage::new(), Renders::new());

    let texts = stage.run(|| [card(&renders, 7), CARD.of(&[&7]).render(|| "by hand")]);

    assert_eq!(texts, ["user 7, rendered 1", "user 7, rendered 1"]);
}
