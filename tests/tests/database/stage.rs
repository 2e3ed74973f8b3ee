//! What the tests of this folder share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::database::{Database, Options};
use cache_runtime::base::clock::Clock;
pub(crate) use cache_tests::foreign_block_on;
use cache_tests::{Folder, SqlServer};
use sqlx::{AssertSqlSafe, Connection};

/// Longer than a busy machine takes for anything here.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A database for one test: a file, or a table in a server that the tests share.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) table: String,
    /// Removed with the test.
    pub(crate) folder: Folder,
}

impl Place {
    /// A file of SQLite.
    pub(crate) fn sqlite() -> Self {
        let place = Self::at("");
        Self { url: format!("sqlite://{}", place.folder.file("cache.db").display()), ..place }
    }

    /// A table in PostgreSQL.
    pub(crate) fn postgres() -> Self {
        Self::at(&SqlServer::shared_postgres().url())
    }

    /// A table in MariaDB.
    pub(crate) fn mariadb() -> Self {
        Self::at(&SqlServer::shared_mariadb().url())
    }

    /// A table of a name that no other test has; quoted, it may hold a space.
    pub(crate) fn at(url: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let table = format!("cache entries {}", NEXT.fetch_add(1, Ordering::Relaxed));
        Self { url: url.to_owned(), table, folder: Folder::new() }
    }

    /// The options of this place: a machine that is shared with every other test may take its time.
    pub(crate) fn options(&self) -> Options {
        let defaults = Options::at(&self.url);
        Options { table: self.table.clone(), connect_timeout: PATIENCE, answer_timeout: PATIENCE, ..defaults }
    }

    /// The same as a description of a cache.
    pub(crate) fn database(&self) -> Database {
        Database::over(self.options())
    }

    /// A store whose table is there.
    pub(crate) async fn store(&self) -> SharedBackend {
        self.database().create_table().await.unwrap();
        store(&self.options())
    }

    /// Runs a statement past the store; `{table}` is the table.
    pub(crate) async fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(self.worded(sql));
        match self.url.split_once(':').unwrap().0 {
            "sqlite" => {
                let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            }
            "postgres" => {
                let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            }
            _ => {
                let mut connection = sqlx::MySqlConnection::connect(&self.url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            }
        }
    }

    /// The number that a statement finds past the store.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(self.worded(sql));
        match self.url.split_once(':').unwrap().0 {
            "sqlite" => {
                let mut connection = sqlx::SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
            "postgres" => {
                let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
            _ => {
                let mut connection = sqlx::MySqlConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
            }
        }
    }

    /// How many rows the table has, live or not.
    pub(crate) async fn rows(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM {table}").await
    }

    fn worded(&self, sql: &str) -> String {
        let quote = if self.url.starts_with("mysql") { '`' } else { '"' };
        sql.replace("{table}", &format!("{quote}{}{quote}", self.table))
    }
}

/// The store that these options describe.
pub(crate) fn store(options: &Options) -> SharedBackend {
    options.build(&Clock::system()).unwrap()
}

/// Asks again and again until it is so.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::task::yield_now().await;
    }
}

/// Makes a test on every engine of each of these functions.
macro_rules! on_every_engine {
    ($($name:ident),* $(,)?) => {
        crate::stage::on_every_engine!(@on sqlite: $($name),*);
        crate::stage::on_every_engine!(@on postgres: $($name),*);
        crate::stage::on_every_engine!(@on mariadb: $($name),*);
    };
    (@on $engine:ident: $($name:ident),*) => {
        mod $engine {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    super::$name(crate::stage::Place::$engine()).await;
                }
            )*
        }
    };
}
pub(crate) use on_every_engine;
