//! One connection, whatever its engine: a statement goes in, a count or rows come out.

use std::future::Future;
use std::pin::Pin;

use super::statement::Statement;

/// What a client crate is asked for.
pub(super) type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, sqlx::Error>> + Send + 'a>>;

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column {
    Bytes,
    Number,
}

/// A value in a row.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    Bytes(Vec<u8>),
    Number(i64),
}

impl Cell {
    /// The bytes of a column that was asked for as such.
    pub(super) fn bytes(self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Number(_) => Vec::new(),
        }
    }

    /// The number of a column that was asked for as such.
    pub(super) fn number(&self) -> i64 {
        match self {
            Self::Number(number) => *number,
            Self::Bytes(_) => 0,
        }
    }
}

/// The values of one row, in the order of its columns.
pub(super) type Row = Vec<Cell>;

/// A connection to a database.
pub(super) trait Driver: Send {
    /// How many rows the statement has changed, or found to be as they should.
    fn write<'a>(&'a mut self, statement: &'a Statement) -> Asking<'a, u64>;

    /// The rows that the statement returns.
    fn rows<'a>(&'a mut self, statement: &'a Statement, columns: &'a [Column]) -> Asking<'a, Vec<Row>>;

    /// Whether the server still answers.
    fn ping(&mut self) -> Asking<'_, ()>;

    /// Ends the connection in good order; one that is lent goes back to its pool.
    fn close(self: Box<Self>) -> Asking<'static, ()>;

    /// Ends the connection at once, in the middle of a statement; one that is lent leaves its pool.
    fn abandon(self: Box<Self>);
}

/// Makes connections, or lends those of a user's pool.
pub(super) trait Connector: Send + Sync {
    /// A connection.
    fn connect(&self) -> Asking<'_, Box<dyn Driver>>;
}

/// Implements [`Driver`] for the connections of an engine, and for those that a pool lends.
macro_rules! driver {
    ($database:ty, $connection:ty) => {
        type Arguments = <$database as sqlx::Database>::Arguments;

        fn bound(statement: &Statement) -> sqlx::query::Query<'_, $database, Arguments> {
            // The text comes from the templates and a checked name of a table; values are arguments.
            let text = sqlx::AssertSqlSafe(std::sync::Arc::clone(&statement.text));
            let query = sqlx::query(text).persistent(statement.is_frequent);
            statement.arguments.iter().fold(query, |query, argument| match argument {
                Argument::Bytes(bytes) => query.bind(&bytes[..]),
                Argument::Number(number) => query.bind(*number),
            })
        }

        fn read(row: &<$database as sqlx::Database>::Row, columns: &[Column]) -> Result<Row, sqlx::Error> {
            let cell = |(index, column): (usize, &Column)| match column {
                Column::Bytes => row.try_get(index).map(Cell::Bytes),
                Column::Number => row.try_get(index).map(Cell::Number),
            };
            columns.iter().enumerate().map(cell).collect()
        }

        async fn write(connection: &mut $connection, statement: &Statement) -> Result<u64, sqlx::Error> {
            Ok(bound(statement).execute(connection).await?.rows_affected())
        }

        async fn rows(
            connection: &mut $connection,
            statement: &Statement,
            columns: &[Column],
        ) -> Result<Vec<Row>, sqlx::Error> {
            let found = bound(statement).fetch_all(connection).await?;
            found.iter().map(|row| read(row, columns)).collect()
        }

        impl Driver for $connection {
            fn write<'a>(&'a mut self, statement: &'a Statement) -> Asking<'a, u64> {
                Box::pin(write(self, statement))
            }

            fn rows<'a>(
                &'a mut self,
                statement: &'a Statement,
                columns: &'a [Column],
            ) -> Asking<'a, Vec<Row>> {
                Box::pin(rows(self, statement, columns))
            }

            fn ping(&mut self) -> Asking<'_, ()> {
                Box::pin(sqlx::Connection::ping(self))
            }

            fn close(self: Box<Self>) -> Asking<'static, ()> {
                Box::pin(sqlx::Connection::close(*self))
            }

            fn abandon(self: Box<Self>) {}
        }

        impl Driver for sqlx::pool::PoolConnection<$database> {
            fn write<'a>(&'a mut self, statement: &'a Statement) -> Asking<'a, u64> {
                Box::pin(write(self, statement))
            }

            fn rows<'a>(
                &'a mut self,
                statement: &'a Statement,
                columns: &'a [Column],
            ) -> Asking<'a, Vec<Row>> {
                Box::pin(rows(self, statement, columns))
            }

            fn ping(&mut self) -> Asking<'_, ()> {
                // A pool has asked before it lends.
                Box::pin(std::future::ready(Ok(())))
            }

            fn close(self: Box<Self>) -> Asking<'static, ()> {
                Box::pin(async move {
                    drop(self);
                    Ok(())
                })
            }

            fn abandon(self: Box<Self>) {
                drop(self.detach());
            }
        }

        /// A user's pool.
        impl Connector for sqlx::Pool<$database> {
            fn connect(&self) -> Asking<'_, Box<dyn Driver>> {
                Box::pin(async move { Ok(Box::new(self.acquire().await?) as Box<dyn Driver>) })
            }
        }
    };
}
pub(super) use driver;
