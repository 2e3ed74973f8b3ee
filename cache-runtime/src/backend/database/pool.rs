//! A pool of the program's own: whose connections are lent to its runtime.

use std::sync::{Arc, OnceLock};

use tokio::runtime::{Handle, Id};

use super::dialect::Dialect;
use super::driver::Connector;
use super::runtimes::{Lent, Source};

/// A pool of connections that the program has made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Pool {
    /// To a file of SQLite, or a database in memory.
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::SqlitePool),
    /// To a server of PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
    /// To a server of MySQL or MariaDB.
    #[cfg(feature = "mysql")]
    Mysql(sqlx::MySqlPool),
}

#[cfg(feature = "sqlite")]
impl From<sqlx::SqlitePool> for Pool {
    fn from(pool: sqlx::SqlitePool) -> Self {
        Self::Sqlite(pool)
    }
}

#[cfg(feature = "postgres")]
impl From<sqlx::PgPool> for Pool {
    fn from(pool: sqlx::PgPool) -> Self {
        Self::Postgres(pool)
    }
}

#[cfg(feature = "mysql")]
impl From<sqlx::MySqlPool> for Pool {
    fn from(pool: sqlx::MySqlPool) -> Self {
        Self::Mysql(pool)
    }
}

/// A pool, and the runtime where it was handed over.
#[derive(Debug, Clone)]
pub struct UserPool {
    pool: Pool,
    home: Option<Id>,
}

impl UserPool {
    /// The pool, at home on the runtime where this is called; outside of one, on the first that asks.
    pub fn new(pool: Pool) -> Self {
        Self { pool, home: Handle::try_current().ok().map(|runtime| runtime.id()) }
    }

    /// The engine, and where connections come from.
    pub(super) fn source(&self) -> (&'static Dialect, Source) {
        match &self.pool {
            // A connection of SQLite has a thread of its own, and needs no runtime to drive it.
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => (&super::sqlite::DIALECT, self.lent(Arc::new(pool.clone()), None)),
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => {
                let own = super::postgres::Server((*pool.connect_options()).clone());
                (&super::postgres::DIALECT, self.lent(Arc::new(pool.clone()), Some(Arc::new(own))))
            }
            #[cfg(feature = "mysql")]
            Pool::Mysql(pool) => {
                let own = super::mysql::Server((*pool.connect_options()).clone());
                (&super::mysql::DIALECT, self.lent(Arc::new(pool.clone()), Some(Arc::new(own))))
            }
        }
    }

    fn lent(&self, connector: Arc<dyn Connector>, own: Option<Arc<dyn Connector>>) -> Source {
        let home = self.home.map_or_else(OnceLock::new, OnceLock::from);
        Source { own, lent: Some(Lent { connector, home }) }
    }
}
