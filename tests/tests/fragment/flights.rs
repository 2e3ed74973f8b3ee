//! Of many who miss a fragment, one renders it.

use std::sync::Arc;
use std::thread::JoinHandle;

use cache_runtime::fragment;
use cache_runtime::fragment::{Fragment, minijinja};

use crate::stage::{Renders, Stage, eventually};

const CALLERS: u64 = 64;

/// Whether all but the one who renders wait for it.
fn all_others_wait(stage: &Stage) -> bool {
    stage.cache("default").stats().waits == CALLERS - 1
}

fn threads<R: Send + 'static>(
    stage: &Arc<Stage>,
    call: impl Fn(&Stage) -> R + Clone + Send + 'static,
) -> Vec<JoinHandle<R>> {
    let caller = |_| {
        let (stage, call) = (Arc::clone(stage), call.clone());
        std::thread::spawn(move || stage.run(|| call(&stage)))
    };
    (0..CALLERS).map(caller).collect()
}

#[test]
fn sixty_four_threads_render_once() {
    let (stage, renders) = (Arc::new(Stage::new()), Renders::new());
    let counted = Arc::clone(&renders);

    let threads = threads(&stage, move |stage| -> Fragment {
        fragment!(60, "herd", {
            eventually("all others wait", || all_others_wait(stage));
            counted.note()
        })
    });

    for thread in threads {
        assert_eq!(thread.join().unwrap(), "1");
    }
    assert_eq!(renders.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_tasks_render_once() {
    let (stage, renders) = (Arc::new(Stage::new()), Renders::new());
    let caller = |_| {
        let (stage, counted, caches) = (Arc::clone(&stage), Arc::clone(&renders), stage.caches.clone());
        tokio::spawn(caches.scope(async move {
            fragment!(60, "async herd", async {
                while !all_others_wait(&stage) {
                    tokio::task::yield_now().await;
                }
                counted.note()
            })
        }))
    };

    let tasks: Vec<_> = (0..CALLERS).map(caller).collect();

    for task in tasks {
        assert_eq!(task.await.unwrap(), "1");
    }
    assert_eq!(renders.count(), 1);
}

#[test]
fn sixty_four_templates_render_once() {
    let (stage, renders) = (Arc::new(Stage::new()), Renders::new());
    let mut environment = ::minijinja::Environment::new();
    minijinja::install(&mut environment);
    let (waiting, counted) = (Arc::clone(&stage), Arc::clone(&renders));
    environment.add_function("slow", move || {
        eventually("all others wait", || all_others_wait(&waiting));
        counted.note()
    });
    let source = "{% call cache(60, 'herd') %}{{ slow() }}{% endcall %}";
    environment.add_template("page.html", source).unwrap();
    let environment = Arc::new(environment);

    let threads =
        threads(&stage, move |_| environment.get_template("page.html").unwrap().render(()).unwrap());

    for thread in threads {
        assert_eq!(thread.join().unwrap(), "1");
    }
    assert_eq!(renders.count(), 1);
}

#[test]
fn a_panic_frees_those_who_wait() {
    let (stage, renders) = (Arc::new(Stage::new()), Renders::new());
    let counted = Arc::clone(&renders);

    let threads = threads(&stage, move |stage| -> Fragment {
        fragment!(60, "panicking herd", {
            let is_first = counted.note() == 1;
            if is_first {
                eventually("all others wait", || all_others_wait(stage));
            }
            assert!(!is_first, "the first one panics");
            "text"
        })
    });

    let outcomes: Vec<_> = threads.into_iter().map(JoinHandle::join).collect();
    let rendered = outcomes.iter().flatten().filter(|text| **text == "text").count();
    assert_eq!((rendered, renders.count()), (63, 2));
}

#[test]
fn fragments_of_other_values_do_not_wait_for_each_other() {
    let (stage, renders) = (Arc::new(Stage::new()), Renders::new());
    let caller = |user: u64| {
        let (stage, counted) = (Arc::clone(&stage), Arc::clone(&renders));
        std::thread::spawn(move || {
            stage.run(|| {
                fragment!(60, "meeting", vary = [user], {
                    counted.note();
                    eventually("the other one renders as well", || counted.count() == 2);
                    user
                })
            })
        })
    };

    let texts = [caller(1), caller(2)].map(|thread| thread.join().unwrap());

    assert_eq!(texts, ["1", "2"]);
}
