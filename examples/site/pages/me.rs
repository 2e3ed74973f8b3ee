//! A visitor's own page, and the profile card that other pages show as well.

use axum::extract::State;
use cache_examples::Db;
use cache_runtime::cache_page;
use minijinja::{Error, ErrorKind, Value, context};
use rusqlite::Connection;

use crate::templates::{Answer, Making, shown};
use crate::visitor::User;
use crate::{Site, queries};

/// One page for each visitor: without the key it would not compile, since visitors of one URL differ in it.
///
/// The extractor runs on a hit, too, so that nobody sees a page by a session that has ended.
#[cache_page("5m", cache = "marketing", client_timeout = 0, key = "{user.id}", tags = ["edits-by:{user.id}"])]
pub(crate) async fn me(State(site): State<Site>, user: User) -> Answer {
    let making = Making::begin();
    let edits = queries::edits_by(&site.db, user.id).await?;
    making
        .page(
            "me.html",
            context! { user => shown(user), edits => shown(edits), profile => profile(&site.db) },
        )
        .await
}

/// The function of templates that looks a profile up; called by the block of a card, and so on a miss only.
pub(crate) fn profile(db: &Db) -> Value {
    let db = db.clone();
    Value::from_function(move |visitor: u32| {
        let found = db.ask(|connection| profile_of(connection, visitor));
        found.map_err(|error| {
            Error::new(ErrorKind::InvalidOperation, "the database failed").with_source(error)
        })
    })
}

fn profile_of(connection: &Connection, visitor: u32) -> rusqlite::Result<Value> {
    const PROFILE: &str = "SELECT name, home, motto,
        (SELECT count(*) FROM edit WHERE visitor = visitor.id),
        (SELECT count(DISTINCT city) FROM edit WHERE visitor = visitor.id) FROM visitor WHERE id = ?";
    connection.prepare_cached(PROFILE)?.query_row([visitor], |row| {
        let (name, home, motto): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (edits, cities): (u32, u32) = (row.get(3)?, row.get(4)?);
        Ok(context! { name, home, motto, edits, cities })
    })
}
