//! The cities and countries of `GeoNames` in `SQLite`.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Result};

use crate::{Point, Progress};

const CITIES: &str = include_str!("../data/cities.csv");
const COUNTRIES: &str = include_str!("../data/countries.csv");

const SCHEMA: &str = "
    CREATE TABLE country (
        iso TEXT PRIMARY KEY, name TEXT NOT NULL, capital TEXT NOT NULL, continent TEXT NOT NULL,
        area_km2 REAL NOT NULL, population INTEGER NOT NULL, currency TEXT NOT NULL, neighbours TEXT NOT NULL
    );
    CREATE TABLE city (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, country TEXT NOT NULL, latitude REAL NOT NULL,
        longitude REAL NOT NULL, population INTEGER NOT NULL, time_zone TEXT NOT NULL
    );";
const INDEX: &str = "CREATE INDEX city_of_country ON city (country, population)";

/// A city.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct City {
    /// Its name, as `GeoNames` writes it.
    pub name: String,
    /// Where it is.
    pub place: Point,
    /// How many people live there.
    pub population: u32,
}

/// A database in memory; clones share it.
#[derive(Debug, Clone)]
pub struct Db(Arc<Mutex<Connection>>);

impl Db {
    /// Fills a new database with all cities and countries.
    pub fn load() -> Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        connection.execute_batch(SCHEMA)?;
        let transaction = connection.transaction()?;
        load_countries(&transaction)?;
        load_cities(&transaction)?;
        transaction.execute_batch(INDEX)?;
        transaction.commit()?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Asks the database, on this thread.
    pub fn ask<T>(&self, question: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        // A question that panicked leaves no statement open: the connection can still be used.
        question(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Asks the database on a thread that may block, as async code must.
    pub async fn ask_async<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let db = self.clone();
        let answer = tokio::task::spawn_blocking(move || db.ask(question)).await;
        answer.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }

    /// How many cities and countries there are.
    pub fn size(&self) -> Result<(u32, u32)> {
        const SIZE: &str = "SELECT (SELECT count(*) FROM city), (SELECT count(*) FROM country)";
        self.ask(|connection| connection.query_row(SIZE, [], |row| Ok((row.get(0)?, row.get(1)?))))
    }
}

fn load_countries(connection: &Connection) -> Result<()> {
    let mut insert = connection.prepare("INSERT INTO country VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
    for fields in rows(COUNTRIES) {
        insert.execute(rusqlite::params_from_iter(&fields))?;
    }
    Ok(())
}

fn load_cities(connection: &Connection) -> Result<()> {
    let mut insert = connection.prepare("INSERT INTO city VALUES (?, ?, ?, ?, ?, ?, ?)")?;
    let mut progress = Progress::new("loading the cities", rows(CITIES).count());
    for fields in rows(CITIES) {
        insert.execute(rusqlite::params_from_iter(&fields))?;
        progress.step();
    }
    Ok(())
}

/// The rows below the head.
fn rows(csv: &str) -> impl Iterator<Item = Vec<String>> {
    csv.lines().skip(1).map(fields)
}

/// The fields of a line; a field with commas stands in quotes.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().expect("there is always a field").push(letter),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_field_keeps_its_commas() {
        assert_eq!(fields("1,\"Misato, Saitama\",JP"), ["1", "Misato, Saitama", "JP"]);
    }

    #[test]
    fn every_row_of_the_data_is_loaded() {
        let size = Db::load().and_then(|db| db.size()).expect("the data fits the schema");

        assert_eq!(size, (34_006, 252));
    }
}
