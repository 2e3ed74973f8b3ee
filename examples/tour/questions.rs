//! The questions that are measured, and how their answers are told.

use std::error::Error;
use std::sync::Arc;

use cache_examples::{City, Db, Point, Progress, count, distance};

use crate::measure::{Measured, Question};
use crate::queries::{Distances, capital, distances, largest, nearest, time_zones};

type Asked = Result<Measured, Box<dyn Error>>;

/// Every question, with its progress.
pub(crate) async fn ask_all(db: &Db, quick: bool) -> Result<Vec<Measured>, Box<dyn Error>> {
    let mut progress = Progress::new("the cities nearest to the Eiffel Tower", 5);
    let mut measured = vec![ask_nearest(db).await?];
    progress.next("the largest cities of Germany");
    measured.push(ask_largest(db).await?);
    progress.next("the distances of all pairs of cities of one country");
    measured.push(ask_distances(db, quick).await?);
    progress.next("the time zones of Europe");
    measured.push(ask_time_zones(db).await?);
    progress.next("the capital of France");
    measured.push(ask_capital(db).await?);
    Ok(measured)
}

async fn ask_nearest(db: &Db) -> Asked {
    let tower = Point::at(48.85837, 2.29448);
    let question = Question {
        call: "nearest(tower, 4)",
        key: nearest::key(tower, 4),
        tell: |cities: &Arc<Vec<(f64, City)>>| {
            listed(cities.iter().map(|(km, city)| format!("{} {}", city.name, distance(*km))))
        },
    };
    question.measure(|| async { nearest(db, tower, 4) }).await
}

async fn ask_largest(db: &Db) -> Asked {
    let question = Question {
        call: "largest(\"DE\", 4)",
        key: largest::key("DE", 4),
        tell: |cities: &Vec<City>| listed(cities.iter().map(people)),
    };
    question.measure(|| largest(db, "DE", 4)).await
}

async fn ask_distances(db: &Db, quick: bool) -> Asked {
    let (call, country) = if quick { ("distances(\"IT\")", "IT") } else { ("distances(\"IN\")", "IN") };
    let question = Question {
        call,
        key: distances::key(country),
        tell: |distances: &Arc<Distances>| distances.to_string(),
    };
    question.measure(|| distances(db, country)).await
}

async fn ask_time_zones(db: &Db) -> Asked {
    let question = Question {
        call: "time_zones(\"EU\")",
        key: time_zones::key("EU"),
        tell: |zones: &Vec<(String, u64)>| {
            listed(zones.iter().take(3).map(|(zone, people)| format!("{zone} {}", count(*people))))
        },
    };
    question.measure(|| async { time_zones(db, "EU") }).await
}

async fn ask_capital(db: &Db) -> Asked {
    let question = Question { call: "capital(\"FR\")", key: capital::key("FR"), tell: String::clone };
    question.measure(|| async { capital(db, "FR", false) }).await
}

fn people(City { name, population, .. }: &City) -> String {
    format!("{name} {}", count(*population))
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}
