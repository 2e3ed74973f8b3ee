//! Fragments: the parts of a page that are rendered once, in `MiniJinja`, in maud, and by `format!`.
//!
//! Run it by `cargo run --example fragments`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cache_examples::{Db, count};
use cache_runtime::fragment;
use cache_runtime::fragment::Fragment;
use maud::{Markup, html};
use minijinja::{Environment, Value, context};

/// The page: a card for each country, kept for a quarter of an hour. Its block is not rendered on a hit, and so
/// asks the database for nothing.
const PAGE: &str = r#"
{%- for country in countries %}
{%- call cache("15m", "country_card", country) %}
  <article>
    <h2>{{ name(country) }}</h2>
    {%- for city in largest(country) %}
    <p>{{ city.name }} <small>{{ city.population }}</small></p>
    {%- endfor %}
  </article>
{%- endcall %}
{%- endfor %}
{{ footer }}"#;

/// The questions that were put to the database.
static QUESTIONS: AtomicU32 = AtomicU32::new(0);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = Db::load()?;
    let pages = templates(&db)?;

    let (first, questions) = asking(|| page(&db, &pages, &["FR", "JP", "FR"]))?;
    println!("{first}\n");
    assert!(first.contains("<h2>France</h2>") && first.contains("<p>Tokyo "));
    println!("a cold page with three cards of two countries: {questions} questions");
    assert_eq!(questions, 5);

    let (second, questions) = asking(|| page(&db, &pages, &["JP", "FR", "NZ"]))?;
    println!("another page, one country is new:              {questions} questions");
    assert!(second.contains("<p>Auckland "));
    assert_eq!(questions, 2);

    // Somebody counted the people of Paris again.
    rename(&db, "Paris", "Paris &c.")?;
    assert!(fragment::invalidate_blocking("country_card", &[&"FR"])?);
    let (third, questions) = asking(|| page(&db, &pages, &["FR", "JP"]))?;
    println!("after an edit in France:                       {questions} questions");
    assert!(third.contains("<p>Paris &amp;c. "), "escaped, and escaped once: {third}");
    assert_eq!(questions, 2);

    fragment::invalidate_all_blocking("country_card")?;
    let ((), questions) = asking(|| page(&db, &pages, &["FR", "JP"]).map(drop))?;
    println!("after all cards were invalidated:              {questions} questions");
    assert_eq!(questions, 4);
    Ok(())
}

/// A page; its footer is a fragment of Rust, which the template writes as it is.
fn page(
    db: &Db,
    pages: &Environment<'_>,
    countries: &[&'static str],
) -> Result<String, Box<dyn std::error::Error>> {
    let footer = footer(db)?;
    let page = pages.get_template("page.html")?;
    Ok(page.render(context! { countries => countries.to_vec(), footer => Value::from(footer) })?)
}

/// The `?` in the block leaves this function, and nothing is stored.
fn footer(db: &Db) -> Result<Fragment, rusqlite::Error> {
    Ok(fragment!("1h", "footer", {
        let (cities, countries) = ask(|| db.size())?;
        html! { footer { (tally(cities, "cities")) " in " (tally(countries, "countries")) } }
    }))
}

/// A fragment in a fragment: text of `format!` in markup of maud.
fn tally(number: u32, of: &str) -> Markup {
    let text = fragment!("1h", "tally", vary = [number, of], format!("<b>{}</b> {of}", count(number)));
    html! { (maud::PreEscaped(text)) }
}

fn templates(db: &Db) -> Result<Environment<'static>, minijinja::Error> {
    let mut pages = Environment::new();
    fragment::minijinja::install(&mut pages);
    let (names, cities) = (db.clone(), db.clone());
    pages.add_function("name", move |country: Arc<str>| ask(|| name(&names, &country)).map_err(failed));
    pages
        .add_function("largest", move |country: Arc<str>| ask(|| largest(&cities, &country)).map_err(failed));
    pages.add_template("page.html", PAGE)?;
    Ok(pages)
}

fn failed(error: rusqlite::Error) -> minijinja::Error {
    minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, "the database failed").with_source(error)
}

fn name(db: &Db, country: &str) -> rusqlite::Result<String> {
    const NAME: &str = "SELECT name FROM country WHERE iso = ?";
    db.ask(|connection| connection.query_row(NAME, [country], |row| row.get(0)))
}

fn largest(db: &Db, country: &str) -> rusqlite::Result<Vec<Value>> {
    const LARGEST: &str =
        "SELECT name, population FROM city WHERE country = ? ORDER BY population DESC LIMIT 3";
    db.ask(|connection| {
        let mut query = connection.prepare(LARGEST)?;
        let city = |row: &rusqlite::Row<'_>| {
            let (name, population): (String, u32) = (row.get(0)?, row.get(1)?);
            Ok(context! { name, population => count(population) })
        };
        query.query_map([country], city)?.collect()
    })
}

fn rename(db: &Db, from: &str, to: &str) -> rusqlite::Result<()> {
    const RENAME: &str = "UPDATE city SET name = ? WHERE name = ? AND country = 'FR'";
    db.ask(|connection| connection.execute(RENAME, [to, from]).map(drop))
}

/// Puts a question to the database, and counts it.
fn ask<T>(question: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    QUESTIONS.fetch_add(1, Ordering::Relaxed);
    question()
}

/// What `work` returns, and how many questions it asked.
fn asking<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, u32), E> {
    let before = QUESTIONS.load(Ordering::Relaxed);
    let answer = work()?;
    Ok((answer, QUESTIONS.load(Ordering::Relaxed) - before))
}
