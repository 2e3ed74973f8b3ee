//! The tour: real queries over real cities, cached, measured, refreshed and invalidated.
//!
//! Run it by `cargo run --release --example tour`, and with a Redis by
//! `cargo run --release --example tour -- --cache redis://localhost`.

mod options;
mod store;

mod queries;

mod measure;
mod questions;
mod scenes;

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use cache_examples::{Db, Paint, count, duration};
use options::Options;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(text) => {
            eprintln!("tour: {text}");
            return ExitCode::from(2);
        }
    };
    if options.help {
        println!("{}", options::HELP);
        return ExitCode::SUCCESS;
    }
    match tour(&options, Paint::of_stdout()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tour: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn tour(options: &Options, paint: Paint) -> Result<(), Box<dyn Error>> {
    store::choose(options.cache.as_deref(), paint).await?;
    let db = load()?;
    scenes::heading("Asked cold, and then warm", paint);
    scenes::print(&measure::table(&questions::ask_all(&db, options.quick).await?), paint);
    scenes::crowd(&db, options.quick, paint).await?;
    scenes::refresh(&db, paint).await?;
    scenes::invalidation(&db, paint).await?;
    scenes::typo(paint);
    scenes::farewell(paint)?;
    store::leave().await?;
    Ok(())
}

fn load() -> rusqlite::Result<Db> {
    let watch = Instant::now();
    let db = Db::load()?;
    let (cities, countries) = db.size()?;
    println!(
        "{} cities and {countries} countries of GeoNames (CC BY 4.0) in SQLite, loaded in {}",
        count(cities),
        duration(watch.elapsed())
    );
    Ok(db)
}
