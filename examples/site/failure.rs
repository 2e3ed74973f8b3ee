//! What a visitor sees where there is no page.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;

use crate::templates;

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nothing is there.
    NotFound,
    /// It is for visitors who have signed in.
    SignedOut,
    /// A form was filled in so that it makes no sense.
    Unclear(&'static str),
    /// The database or a template failed; the log says why.
    Broken,
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::QueryReturnedNoRows => Self::NotFound,
            error => Self::broken(&error),
        }
    }
}

impl From<minijinja::Error> for Failure {
    fn from(error: minijinja::Error) -> Self {
        Self::broken(&error)
    }
}

impl Failure {
    fn broken(error: &dyn std::fmt::Display) -> Self {
        eprintln!("site: {error}");
        Self::Broken
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, title, text) = match self {
            Self::SignedOut => return Redirect::to("/sign-in").into_response(),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not on this map", "There is no page of this name."),
            Self::Unclear(text) => (StatusCode::UNPROCESSABLE_ENTITY, "That did not work", text),
            Self::Broken => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something broke",
                "It is not your fault, and in the log.",
            ),
        };
        let page = templates::render("failure.html", context! { title, text });
        page.map_or_else(|_| status.into_response(), |page| (status, page).into_response())
    }
}

pub(crate) async fn no_such_page() -> Failure {
    Failure::NotFound
}
