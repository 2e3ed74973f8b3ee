//! Fragments are invalidated by name and vary values, or by name alone.

use std::sync::Arc;

use cache_runtime::fragment::{Fragment, Named, make_fragment_key};
use cache_runtime::{ErrorKind, fragment};

use crate::stage::{Renders, Stage, eventually};

fn card(renders: &Renders, user: u64) -> Fragment {
    fragment!(60, "card to invalidate", vary = [user], renders.note())
}

#[tokio::test]
async fn one_text_is_invalidated_by_its_vary_values() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let user = 1;

    stage
        .run_async(async {
            let _texts = [card(&renders, 1), card(&renders, 2)];

            assert!(fragment::invalidate("card to invalidate", &[&user]).await.unwrap());

            assert_eq!((card(&renders, 1).as_str(), card(&renders, 2).as_str()), ("3", "2"));
        })
        .await;
}

/// What the compiler holds over an `await` must be sent from thread to thread in most servers.
#[test]
fn invalidation_is_awaited_in_futures_that_threads_exchange() {
    fn exchanged(future: impl Future + Send) {
        drop(future);
    }
    let user = 7;

    exchanged(async move { fragment::invalidate("card of a handler", &[&user, &"de"]).await });
    exchanged(async move { Named::new("card of a handler").of(&[&user]).invalidate().await });
}

#[test]
fn it_says_whether_there_was_a_text() {
    let (stage, renders) = (Stage::new(), Renders::new());

    stage.run(|| {
        assert!(!fragment::invalidate_blocking("card to invalidate", &[&1_u64]).unwrap());
        let _text = card(&renders, 1);
        assert!(!fragment::invalidate_blocking("card to invalidate", &[&"1"]).unwrap());
        assert!(fragment::invalidate_blocking("card to invalidate", &[&1_u64]).unwrap());
        assert!(!fragment::invalidate_blocking("card to invalidate", &[&1_u64]).unwrap());
    });
}

#[tokio::test]
async fn all_texts_of_a_name_are_invalidated_at_once() {
    let (stage, renders) = (Stage::new(), Renders::new());

    stage
        .run_async(async {
            let _texts = [card(&renders, 1), card(&renders, 2)];
            let other = fragment!(60, "another name", renders.note());

            fragment::invalidate_all("card to invalidate").await.unwrap();

            assert_eq!((card(&renders, 1).as_str(), card(&renders, 2).as_str()), ("4", "5"));
            assert_eq!(fragment!(60, "another name", renders.note()), other);
        })
        .await;
}

#[test]
fn all_texts_are_invalidated_without_a_runtime_and_in_a_shared_store() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let card = |user: u8| fragment!(60, "shared card", vary = [user], cache = "shared", renders.note());

    stage.run(|| {
        let _texts = [card(1), card(2)];
        fragment::invalidate_all_blocking("shared card").unwrap();

        assert_eq!([card(1), card(2)], ["3", "4"]);
    });
}

#[test]
fn a_name_is_invalidated_in_every_cache_that_the_program_states_for_it() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let card = || fragment!(60, "stated card", cache = "marketing", version = 3, renders.note());

    stage.run(|| {
        let _text = card();
        assert!(fragment::invalidate_blocking("stated card", &[]).unwrap());
        assert_eq!(card(), "2");
        fragment::invalidate_all_blocking("stated card").unwrap();
        assert_eq!(card(), "3");
    });
}

#[test]
fn a_cache_that_only_a_template_states_is_named_by_hand() {
    let stage = Stage::new();
    let in_marketing = || Named::new("by hand").cache("marketing");

    stage.run(|| {
        let _text = in_marketing().of(&[&1]).render(|| "text");
        assert!(!fragment::invalidate_blocking("by hand", &[&1]).unwrap());
        assert!(in_marketing().of(&[&1]).invalidate_blocking().unwrap());

        let _text = in_marketing().of(&[&1]).render(|| "text");
        in_marketing().invalidate_all_blocking().unwrap();
        assert_eq!(in_marketing().of(&[&1]).render(|| "newer"), "newer");
    });
}

#[tokio::test]
async fn a_piece_is_invalidated_by_itself() {
    let stage = Stage::new();
    let named = Named::new("piece");

    stage
        .run_async(async {
            let _text = named.of(&[]).render_async(async || "text").await;
            assert!(named.of(&[]).invalidate().await.unwrap());

            let _text = named.of(&[]).render(|| "text");
            named.invalidate_all().await.unwrap();
            assert_eq!(named.of(&[]).render(|| "newer"), "newer");
        })
        .await;
}

#[test]
fn what_was_being_rendered_before_is_not_stored() {
    let (stage, renders) = (Arc::new(Stage::new()), Renders::new());
    let render = {
        let renders = Arc::clone(&renders);
        move |stage: &Stage| {
            fragment!(60, "overtaken", {
                let is_first = renders.note() == 1;
                if is_first {
                    eventually("it is invalidated", || renders.count() > 1);
                }
                let _ = stage;
                if is_first { "old" } else { "new" }
            })
        }
    };
    let rendering = {
        let (stage, render) = (Arc::clone(&stage), render.clone());
        std::thread::spawn(move || stage.run(|| render(&stage)))
    };
    eventually("it is rendered", || renders.count() == 1);

    let texts = stage.run(|| {
        fragment::invalidate_all_blocking("overtaken").unwrap();
        [render(&stage), render(&stage)]
    });

    assert_eq!(rendering.join().unwrap(), "old");
    assert_eq!(texts, ["new", "new"]);
    assert_eq!(stage.run(|| render(&stage)), "new");
}

#[test]
fn an_alias_that_no_cache_has_is_an_error() {
    let stage = Stage::new();

    let error = stage.run(|| Named::new("card").cache("nowhere").of(&[]).invalidate_blocking()).unwrap_err();

    assert_eq!(error.kind(), ErrorKind::UnknownAlias);
}

#[test]
fn the_low_level_api_finds_a_text_by_its_key() {
    let (stage, renders) = (Stage::new(), Renders::new());

    stage.run(|| {
        let _text = card(&renders, 7);
        let cache = stage.cache("default").blocking();

        let text: Option<Arc<str>> = cache.get(make_fragment_key("card to invalidate", &[&7])).unwrap();
        assert_eq!(text.as_deref(), Some("1"));
    });
}
