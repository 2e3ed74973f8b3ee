//! The questions that the pages put to the database.

use cache_examples::{Db, Point};
use rusqlite::{Connection, Result, Row, params};
use serde::Serialize;

/// A city in a list.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct City {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) population: u32,
    pub(crate) iso: String,
    pub(crate) country: String,
    /// Hundredths of the population of the first one in the list: the length of its bar.
    pub(crate) share: u32,
}

/// A country.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Country {
    pub(crate) iso: String,
    pub(crate) name: String,
    pub(crate) capital: String,
    pub(crate) continent: String,
    pub(crate) area_km2: u64,
    pub(crate) population: u32,
    pub(crate) currency: String,
    pub(crate) cities: u32,
    pub(crate) neighbours: Vec<Link>,
}

/// A country as a link to its page.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Link {
    pub(crate) iso: String,
    pub(crate) name: String,
}

/// A continent, and the countries that have a city.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Continent {
    pub(crate) name: &'static str,
    pub(crate) countries: Vec<Link>,
}

const CITY: &str = "SELECT city.id, city.name, city.population, iso, country.name
    FROM city JOIN country ON iso = city.country";

/// The largest cities of all.
pub(crate) async fn largest(db: &Db, most: u32) -> Result<Vec<City>> {
    db.ask_async(move |connection| {
        cities(connection, &format!("{CITY} ORDER BY city.population DESC LIMIT ?"), [most])
    })
    .await
}

/// The largest cities of a country.
pub(crate) async fn largest_of(db: &Db, iso: String, most: u32) -> Result<Vec<City>> {
    db.ask_async(move |connection| {
        let question = format!("{CITY} WHERE iso = ? ORDER BY city.population DESC LIMIT ?");
        cities(connection, &question, params![iso, most])
    })
    .await
}

/// The cities with a text in their names, those that begin with it first.
pub(crate) async fn search(db: &Db, text: String, most: u32) -> Result<Vec<City>> {
    db.ask_async(move |connection| {
        let question = format!(
            "{CITY} WHERE city.name LIKE '%' || ?1 || '%' ESCAPE '\\'
                ORDER BY city.name LIKE ?1 || '%' ESCAPE '\\' DESC, city.population DESC LIMIT ?2"
        );
        cities(connection, &question, params![literal(&text), most])
    })
    .await
}

/// A city by its number.
pub(crate) async fn city(db: &Db, id: u32) -> Result<City> {
    db.ask_async(move |connection| connection.query_row(&format!("{CITY} WHERE city.id = ?"), [id], row))
        .await
}

/// A country, and which others border on it.
pub(crate) async fn country(db: &Db, iso: String) -> Result<Country> {
    const COUNTRY: &str = "SELECT iso, name, capital, continent, area_km2, population, currency,
        (SELECT count(*) FROM city WHERE city.country = iso), neighbours FROM country WHERE iso = ?";
    db.ask_async(move |connection| {
        let mut question = connection.prepare_cached(COUNTRY)?;
        question.query_row([iso], |row| {
            let (continent, neighbours): (String, String) = (row.get(3)?, row.get(8)?);
            Ok(Country {
                iso: row.get(0)?,
                name: row.get(1)?,
                capital: row.get(2)?,
                continent: continent_of(&continent).to_owned(),
                area_km2: whole(row.get(4)?),
                population: row.get(5)?,
                currency: row.get(6)?,
                cities: row.get(7)?,
                neighbours: neighbours_of(connection, &neighbours)?,
            })
        })
    })
    .await
}

/// Every country that has a city, by continent.
pub(crate) async fn continents(db: &Db) -> Result<Vec<Continent>> {
    const COUNTRIES: &str = "SELECT continent, iso, name FROM country
        WHERE EXISTS (SELECT * FROM city WHERE city.country = iso) ORDER BY continent, name";
    db.ask_async(|connection| {
        let mut question = connection.prepare_cached(COUNTRIES)?;
        let country = |row: &Row<'_>| Ok((row.get(0)?, Link { iso: row.get(1)?, name: row.get(2)? }));
        let mut continents: Vec<Continent> = Vec::new();
        for country in question.query_map([], country)? {
            let (code, country): (String, Link) = country?;
            let name = continent_of(&code);
            if continents.last().is_none_or(|last| last.name != name) {
                continents.push(Continent { name, countries: Vec::new() });
            }
            continents.last_mut().expect("one was pushed").countries.push(country);
        }
        Ok(continents)
    })
    .await
}

/// Where cities of at least so many people are, in a country or in all, and how many people live there.
pub(crate) async fn places(db: &Db, iso: Option<String>, at_least: u32) -> Result<Vec<(Point, u32)>> {
    const PLACES: &str = "SELECT latitude, longitude, population FROM city
        WHERE population >= ?1 AND (?2 IS NULL OR country = ?2)";
    db.ask_async(move |connection| {
        let mut question = connection.prepare_cached(PLACES)?;
        let place = |row: &Row<'_>| Ok((Point::at(row.get(0)?, row.get(1)?), row.get(2)?));
        question.query_map(params![at_least, iso], place)?.collect()
    })
    .await
}

/// An edit of a city.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Edit {
    pub(crate) visitor: u32,
    pub(crate) city: u32,
    pub(crate) was: String,
    pub(crate) became: String,
}

/// The latest edits of a city.
pub(crate) async fn edits_of_city(db: &Db, city: u32) -> Result<Vec<Edit>> {
    edits(db, "SELECT * FROM edit WHERE city = ? ORDER BY id DESC LIMIT 5", city).await
}

/// The latest edits that a visitor made.
pub(crate) async fn edits_by(db: &Db, visitor: u32) -> Result<Vec<Edit>> {
    edits(db, "SELECT * FROM edit WHERE visitor = ? ORDER BY id DESC LIMIT 20", visitor).await
}

async fn edits(db: &Db, question: &'static str, of: u32) -> Result<Vec<Edit>> {
    db.ask_async(move |connection| {
        let edit = |row: &Row<'_>| {
            let (visitor, city) = (row.get("visitor")?, row.get("city")?);
            Ok(Edit { visitor, city, was: row.get("was")?, became: row.get("became")? })
        };
        connection.prepare_cached(question)?.query_map([of], edit)?.collect()
    })
    .await
}

/// Gives a city another name and population, and notes who did.
pub(crate) async fn edit(db: &Db, visitor: u32, city: City, name: String, population: u32) -> Result<()> {
    const CHANGE: &str = "UPDATE city SET name = ?, population = ? WHERE id = ?";
    const NOTE: &str = "INSERT INTO edit (visitor, city, was, became) VALUES (?, ?, ?, ?)";
    let was = format!("{}, {}", city.name, cache_examples::count(city.population));
    let became = format!("{name}, {}", cache_examples::count(population));
    db.ask_async(move |connection| {
        connection.execute(CHANGE, params![name, population, city.id])?;
        connection.execute(NOTE, params![visitor, city.id, was, became]).map(drop)
    })
    .await
}

fn cities(connection: &Connection, question: &str, given: impl rusqlite::Params) -> Result<Vec<City>> {
    let mut cities: Vec<City> =
        connection.prepare_cached(question)?.query_map(given, row)?.collect::<Result<_>>()?;
    let most = cities.iter().map(|city| city.population).max().unwrap_or(0).max(1);
    for city in &mut cities {
        city.share = u32::try_from(u64::from(city.population) * 100 / u64::from(most)).unwrap_or(100);
    }
    Ok(cities)
}

fn row(row: &Row<'_>) -> Result<City> {
    let (id, name, population) = (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(City { id, name, population, iso: row.get(3)?, country: row.get(4)?, share: 100 })
}

fn neighbours_of(connection: &Connection, codes: &str) -> Result<Vec<Link>> {
    let mut name = connection.prepare_cached("SELECT name FROM country WHERE iso = ?")?;
    let codes = codes.split(',').filter(|code| !code.is_empty());
    codes
        .map(|iso| Ok(Link { iso: iso.to_owned(), name: name.query_row([iso], |row| row.get(0))? }))
        .collect()
}

/// A text that `LIKE` takes for itself.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an area of the Earth")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

/// What a code of the data stands for.
pub(crate) fn continent_of(code: &str) -> &'static str {
    match code {
        "AF" => "Africa",
        "AS" => "Asia",
        "EU" => "Europe",
        "NA" => "North America",
        "OC" => "Oceania",
        "SA" => "South America",
        _ => "Antarctica",
    }
}
