//! Who visits: demonstration accounts without passwords, and a session for whoever has signed in.

use axum::Form;
use axum::extract::{FromRequestParts, State};
use axum::http::HeaderValue;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect};
use cache_examples::Db;
use cache_runtime::never_cache;
use minijinja::context;
use rusqlite::{Connection, Result, params};
use serde::{Deserialize, Serialize};

use crate::Site;
use crate::failure::Failure;
use crate::templates::{Answer, Making, shown};

/// The cookie of a session.
pub(crate) const SESSION: &str = "session";

const SCHEMA: &str = "
    CREATE TABLE visitor (id INTEGER PRIMARY KEY, name TEXT NOT NULL, home TEXT NOT NULL, motto TEXT NOT NULL);
    CREATE TABLE session (token TEXT PRIMARY KEY, visitor INTEGER NOT NULL);
    CREATE TABLE edit (
        id INTEGER PRIMARY KEY, visitor INTEGER NOT NULL, city INTEGER NOT NULL, was TEXT NOT NULL, became TEXT NOT NULL
    );
    INSERT INTO visitor VALUES
        (1, 'Ada', 'London', 'Counts what others only see.'),
        (2, 'Humboldt', 'Berlin', 'Everything is interaction.'),
        (3, 'Ibn Battuta', 'Tangier', 'Never the same road twice.');";

/// Makes the tables of visitors, in the database of the cities.
pub(crate) fn prepare(db: &Db) -> Result<()> {
    db.ask(|connection| connection.execute_batch(SCHEMA))
}

/// A visitor who has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct User {
    pub(crate) id: u32,
    pub(crate) name: String,
}

impl FromRequestParts<Site> for User {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let token = session(parts).ok_or(Failure::SignedOut)?;
        let found = site.db.ask_async(move |connection| of_session(connection, &token)).await;
        found.map_err(|error| match Failure::from(error) {
            Failure::NotFound => Failure::SignedOut,
            failure => failure,
        })
    }
}

fn of_session(connection: &Connection, token: &str) -> Result<User> {
    const QUESTION: &str = "SELECT id, name FROM visitor JOIN session ON id = visitor WHERE token = ?";
    let mut question = connection.prepare_cached(QUESTION)?;
    question.query_row([token], |row| Ok(User { id: row.get(0)?, name: row.get(1)? }))
}

fn session(parts: &Parts) -> Option<String> {
    let lines = parts.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(name, value)| (name == SESSION).then(|| value.to_owned()))
}

/// Asks who is there.
#[never_cache]
pub(crate) async fn ask(State(site): State<Site>) -> Answer {
    let making = Making::begin();
    let visitors = site.db.ask_async(all).await?;
    making.page("sign-in.html", context! { visitors => shown(visitors) }).await
}

fn all(connection: &Connection) -> Result<Vec<User>> {
    let mut question = connection.prepare_cached("SELECT id, name FROM visitor ORDER BY id")?;
    question.query_map([], |row| Ok(User { id: row.get(0)?, name: row.get(1)? }))?.collect()
}

/// Who wants to sign in.
#[derive(Deserialize)]
pub(crate) struct Account {
    visitor: u32,
}

/// Begins a session. Its name is drawn by the database: `randomblob` is seeded by the system.
pub(crate) async fn sign_in(
    State(site): State<Site>,
    Form(account): Form<Account>,
) -> Result<impl IntoResponse, Failure> {
    const BEGIN: &str = "INSERT INTO session SELECT lower(hex(randomblob(16))), id FROM visitor WHERE id = ?
        RETURNING token";
    let begin = move |connection: &Connection| {
        connection.query_row(BEGIN, params![account.visitor], |row| row.get::<_, String>(0))
    };
    let token = site.db.ask_async(begin).await?;
    Ok(([(SET_COOKIE, cookie(&token, ""))], Redirect::to("/me")))
}

/// Ends the session.
pub(crate) async fn sign_out(State(site): State<Site>, parts: Parts) -> Result<impl IntoResponse, Failure> {
    if let Some(token) = session(&parts) {
        let end =
            move |connection: &Connection| connection.execute("DELETE FROM session WHERE token = ?", [token]);
        site.db.ask_async(end).await?;
    }
    Ok(([(SET_COOKIE, cookie("", "; Max-Age=0"))], Redirect::to("/")))
}

/// Other sites can neither read the cookie nor send a form with it.
fn cookie(token: &str, more: &str) -> HeaderValue {
    let line = format!("{SESSION}={token}; Path=/; HttpOnly; SameSite=Lax{more}");
    HeaderValue::try_from(line).expect("hexadecimal digits and plain words are a header")
}
