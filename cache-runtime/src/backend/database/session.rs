//! A connection while an operation has it: statements, one after the other.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::dialect::{Dialect, Texts};
use super::driver::{Column, Driver, Row};
use super::failure::{Failure, Fault};
use super::statement::{Given, Statement};

/// How often a statement is sent that the database has put back for the sake of others.
const ATTEMPTS: usize = 10;

/// The connection of one operation.
pub(super) struct Session {
    driver: Option<Box<dyn Driver>>,
    /// No statement is under way, and none has broken the connection.
    is_sound: bool,
    dialect: &'static Dialect,
    texts: Arc<Texts>,
    /// Had by whoever writes, where one writer at a time is best.
    writer: Option<Arc<Semaphore>>,
}

impl Session {
    pub(super) fn new(
        driver: Box<dyn Driver>,
        dialect: &'static Dialect,
        texts: &Arc<Texts>,
        writer: Option<&Arc<Semaphore>>,
    ) -> Self {
        let writer = writer.map(Arc::clone);
        Self { driver: Some(driver), is_sound: true, dialect, texts: Arc::clone(texts), writer }
    }

    /// The statements of the table.
    pub(super) fn texts(&self) -> Arc<Texts> {
        Arc::clone(&self.texts)
    }

    /// How many rows a statement has changed.
    pub(super) async fn write(&mut self, statement: &Statement) -> Result<u64, Failure> {
        let writer = self.writer.clone();
        let _turn = turn(writer.as_ref()).await;
        for _ in 1..ATTEMPTS {
            match self.write_once(statement).await {
                Err(Failure::Fault(Fault::Transient)) => {}
                answer => return answer,
            }
        }
        self.write_once(statement).await
    }

    /// The rows that a statement finds.
    pub(super) async fn rows(
        &mut self,
        statement: &Statement,
        columns: &[Column],
    ) -> Result<Vec<Row>, Failure> {
        for _ in 1..ATTEMPTS {
            match self.rows_once(statement, columns).await {
                Err(Failure::Fault(Fault::Transient)) => {}
                answer => return answer,
            }
        }
        self.rows_once(statement, columns).await
    }

    /// The rows that a statement has changed.
    pub(super) async fn changed_rows(
        &mut self,
        statement: &Statement,
        columns: &[Column],
    ) -> Result<Vec<Row>, Failure> {
        let writer = self.writer.clone();
        let _turn = turn(writer.as_ref()).await;
        self.rows(statement, columns).await
    }

    /// Makes the table and its indexes; whether it was not there.
    pub(super) async fn create_table(&mut self) -> Result<bool, Failure> {
        let texts = self.texts();
        let mut is_new = true;
        for (index, text) in texts.create.iter().enumerate() {
            match self.write(&Statement { is_frequent: false, ..text.with(&Given::new()) }).await {
                // Its indexes are made all the same: whoever began it may have been cut off.
                Err(Failure::Fault(Fault::IsThere)) => is_new &= index > 0,
                answer => drop(answer?),
            }
        }
        Ok(is_new)
    }

    /// Checks that the server still answers.
    pub(super) async fn ping(&mut self) -> Result<(), Failure> {
        let (driver, dialect) = self.begin();
        let answer = driver.ping().await;
        self.end(answer.map_err(|error| Failure::of(&error, dialect)))
    }

    /// The connection, unless it is of no more use.
    pub(super) fn into_driver(mut self) -> Option<Box<dyn Driver>> {
        self.driver.take_if(|_| self.is_sound)
    }

    async fn write_once(&mut self, statement: &Statement) -> Result<u64, Failure> {
        let (driver, dialect) = self.begin();
        let answer = driver.write(statement).await;
        self.end(answer.map_err(|error| Failure::of(&error, dialect)))
    }

    async fn rows_once(&mut self, statement: &Statement, columns: &[Column]) -> Result<Vec<Row>, Failure> {
        let (driver, dialect) = self.begin();
        let answer = driver.rows(statement, columns).await;
        self.end(answer.map_err(|error| Failure::of(&error, dialect)))
    }

    fn begin(&mut self) -> (&mut Box<dyn Driver>, &'static Dialect) {
        self.is_sound = false;
        (self.driver.as_mut().expect("it is taken only when the session ends"), self.dialect)
    }

    fn end<T>(&mut self, answer: Result<T, Failure>) -> Result<T, Failure> {
        self.is_sound = !answer.as_ref().is_err_and(Failure::ends_the_connection);
        answer
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        match self.driver.take() {
            Some(driver) if !self.is_sound => driver.abandon(),
            // A lent one goes back to its pool.
            driver => drop(driver),
        }
    }
}

async fn turn(writer: Option<&Arc<Semaphore>>) -> Option<tokio::sync::SemaphorePermit<'_>> {
    match writer {
        Some(writer) => writer.acquire().await.ok(),
        None => None,
    }
}
