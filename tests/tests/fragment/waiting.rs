//! `fragment!` around blocks that wait.

use std::io;

use cache_runtime::fragment;

use crate::stage::{Renders, Stage};

async fn load(id: u64) -> io::Result<String> {
    tokio::task::yield_now().await;
    if id == 0 { Err(io::Error::other("nobody")) } else { Ok(format!("user {id}")) }
}

async fn page(renders: &Renders, id: u64) -> io::Result<String> {
    let card = fragment!(60, "loaded", vary = [id], async {
        renders.note();
        let name = load(id).await?;
        format!("<b>{name}</b>")
    });
    Ok(format!("<p>{card}</p>"))
}

#[tokio::test]
async fn a_block_that_waits_is_kept() {
    let (stage, renders) = (Stage::new(), Renders::new());

    let pages =
        stage.run_async(async { [page(&renders, 7).await.unwrap(), page(&renders, 7).await.unwrap()] }).await;

    assert_eq!(pages, ["<p><b>user 7</b></p>", "<p><b>user 7</b></p>"]);
    assert_eq!(renders.count(), 1);
}

#[tokio::test]
async fn a_question_mark_leaves_the_function_and_stores_nothing() {
    let (stage, renders) = (Stage::new(), Renders::new());

    let page = stage.run_async(page(&renders, 0)).await;

    assert_eq!(page.unwrap_err().to_string(), "nobody");
    assert_eq!(stage.entries("default"), 0);
}

#[tokio::test]
async fn a_block_may_return_a_result() {
    let stage = Stage::new();

    let cards = stage
        .run_async(async {
            let found = fragment!(60, "result", vary = [7], async { load(7).await });
            [found, fragment!(60, "result", vary = [0], async { load(0).await })]
        })
        .await;

    assert_eq!(cards[0].as_ref().unwrap(), "user 7");
    assert_eq!(cards[1].as_ref().unwrap_err().to_string(), "nobody");
}

#[tokio::test]
async fn a_block_changes_and_takes_what_is_around_it() {
    let stage = Stage::new();
    let (mut log, name) = (Vec::new(), String::from("Ada"));

    let card = stage
        .run_async(async {
            fragment!(60, "changing", vary = [name], async {
                log.push(load(7).await.unwrap());
                name
            })
        })
        .await;

    assert_eq!((card.as_str(), log), ("Ada", vec!["user 7".to_owned()]));
}

#[tokio::test]
async fn a_moving_block_keeps_its_word() {
    let (stage, name) = (Stage::new(), String::from("Ada"));

    let card = stage.run_async(async { fragment!(60, "moving", async move { format!("{name}!") }) }).await;

    assert_eq!(card, "Ada!");
}

#[tokio::test]
async fn a_fragment_that_waits_may_stand_in_a_task() {
    let (stage, renders) = (Stage::new(), Renders::new());
    let (caches, counted) = (stage.caches.clone(), renders.clone());

    let page = tokio::spawn(caches.scope(async move { page(&counted, 7).await })).await.unwrap();

    assert_eq!(page.unwrap(), "<p><b>user 7</b></p>");
}

#[tokio::test]
async fn a_shared_store_keeps_the_text() {
    let (stage, renders) = (Stage::new(), Renders::new());

    let texts = stage
        .run_async(async {
            let mut texts = Vec::new();
            for _ in 0..2 {
                texts.push(fragment!(60, "far", cache = "shared", async {
                    tokio::task::yield_now().await;
                    renders.note()
                }));
            }
            texts
        })
        .await;

    assert_eq!(texts, ["1", "1"]);
}

#[tokio::test]
async fn a_plain_block_works_in_an_async_function() {
    let stage = Stage::new();

    let text = stage.run_async(async { fragment!(60, "plain", cache = "shared", "text") }).await;

    assert_eq!(text, "text");
}
