//! A site over the cities of `GeoNames`: axum, `SQLite` and `MiniJinja`, cached in every way there is.
//!
//! `cargo run --release --example site` starts it and prints its address. `PORT` chooses the port (0 is a free one),
//! `CACHE_URL=redis://localhost` the store.

mod caches;
mod routes;

mod pages;

mod language;
mod visitor;

mod map;
mod queries;
mod statistics;

mod failure;
mod panel;
mod templates;

use std::error::Error;
use std::process::ExitCode;

use cache_examples::{Db, count};
use tokio::net::TcpListener;

/// The port, where `PORT` names none.
const PORT: u16 = 8080;

/// What every handler can ask for.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) db: Db,
}

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("site: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    caches::install()?;
    for finding in cache_runtime::caches().check() {
        eprintln!("site: {finding}");
    }
    let db = Db::load()?;
    visitor::prepare(&db)?;
    let (cities, countries) = db.size()?;
    let listener = TcpListener::bind(("127.0.0.1", port()?)).await?;
    println!("{} cities of {countries} countries: http://{}/", count(cities), listener.local_addr()?);
    axum::serve(listener, routes::site(Site { db })).await?;
    Ok(())
}

fn port() -> Result<u16, String> {
    match std::env::var("PORT") {
        Ok(port) => port.parse().map_err(|_| format!("PORT is `{port}`, and not a number below 65536")),
        Err(_) => Ok(PORT),
    }
}
