//! The templates, and how a page is made of one.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use axum::response::Html;
use cache_runtime::fragment;
use minijinja::value::Serde;
use minijinja::{Environment, Error, Value, context};
use serde::Serialize;

use crate::failure::Failure;

/// What a handler of a page returns.
pub(crate) type Answer = Result<Html<String>, Failure>;

static TEMPLATES: LazyLock<Environment<'static>> =
    LazyLock::new(|| environment().expect("the tests have rendered every template"));

const SOURCES: [(&str, &str); 10] = [
    ("base.html", include_str!("templates/base.html")),
    ("home.html", include_str!("templates/home.html")),
    ("country.html", include_str!("templates/country.html")),
    ("search.html", include_str!("templates/search.html")),
    ("city.html", include_str!("templates/city.html")),
    ("me.html", include_str!("templates/me.html")),
    ("profile.html", include_str!("templates/profile.html")),
    ("stats.html", include_str!("templates/stats.html")),
    ("sign-in.html", include_str!("templates/sign-in.html")),
    ("failure.html", include_str!("templates/failure.html")),
];

fn environment() -> Result<Environment<'static>, Error> {
    let mut templates = Environment::new();
    fragment::minijinja::install(&mut templates);
    templates.add_filter("count", |number: u64| cache_examples::count(number));
    templates.add_filter("micros", |micros: u64| cache_examples::duration(Duration::from_micros(micros)));
    for (name, source) in SOURCES {
        templates.add_template(name, source)?;
    }
    Ok(templates)
}

/// A page that is being made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Making(Instant);

impl Making {
    /// It begins now: first thing in a handler.
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }

    /// The page of a template, on a thread that may block: there, fragments are asked of a shared store.
    ///
    /// The foot, which comes last, says how long the page took from the beginning until then.
    pub(crate) async fn page(self, template: &'static str, values: Value) -> Answer {
        let micros = move || u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX);
        let values = context! { cost => Value::from_function(micros), ..values };
        let rendered = tokio::task::spawn_blocking(move || render(template, values)).await;
        Ok(rendered.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?)
    }
}

/// Data as templates see it.
pub(crate) fn shown(data: impl Serialize) -> Value {
    Value::from(Serde(data))
}

/// What a template renders.
pub(crate) fn render(template: &str, values: Value) -> Result<Html<String>, Error> {
    Ok(Html(TEMPLATES.get_template(template)?.render(values)?))
}
