//! What the engines have in common, and the few words in which they differ.
//!
//! An entry is one row, and so is a lease: `lease` and `lease_until` say who may fill the key. A row that
//! is only a lease has an `expires_at` of zero, so it is no live entry. Times are milliseconds of the
//! database's own clock.

use sqlx::error::DatabaseError;

use super::failure::Fault;
use super::statement::Text;
use super::table::Table;

/// What one engine says in its own way.
pub(super) struct Dialect {
    /// How people call the engine.
    pub(super) name: &'static str,
    /// Whether arguments are `$1`, `$2`; else each is `?`.
    pub(super) is_numbered: bool,
    /// What stands around identifiers.
    pub(super) quote: char,
    /// Milliseconds since the Unix epoch, the same throughout a statement.
    pub(super) now: &'static str,
    /// No bytes.
    pub(super) empty: &'static str,
    /// The function that gives the larger of two numbers.
    pub(super) greatest: &'static str,
    /// Makes the table and its indexes.
    pub(super) create: &'static [&'static str],
    /// Stores rows, and ends their leases.
    pub(super) set: &'static str,
    /// Stores a row over one that is not live, where `add` cannot say so by the number of rows.
    pub(super) revive: Option<&'static str>,
    /// Stores a row where there is no live one; else changes no row, or fails for one that is there.
    pub(super) add: &'static str,
    /// Removes the live ones of these rows, where `delete` cannot return which were.
    pub(super) delete_live: Option<&'static str>,
    /// Removes rows with their leases; returns of each whether it was live.
    pub(super) delete: &'static str,
    /// Removes those of some rows for which `{rest}` holds.
    pub(super) remove: &'static str,
    /// Makes or lengthens tag records; returns them unless `stamped` does.
    pub(super) stamp: &'static str,
    /// The tag records.
    pub(super) stamped: Option<&'static str>,
    /// Takes a lease if it may be taken.
    pub(super) take: Option<&'static str>,
    /// Who has the lease, and which value there is; takes the lease before, unless `take` does.
    pub(super) look: &'static str,
    /// Whether one connection at a time should write.
    pub(super) has_one_writer: bool,
    /// What an error means.
    pub(super) fault: fn(&dyn DatabaseError) -> Fault,
}

/// `INSERT … ON CONFLICT`, which SQLite has from PostgreSQL.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(super) mod on_conflict {
    pub(in super::super) const SET: &str = "\
        INSERT INTO {table} AS entry (entry_key, place, value, expires_at, lease, lease_until) \
        VALUES [[(:key, :place, :value, {now} + :life, {empty}, 0)]] \
        ON CONFLICT (entry_key) DO UPDATE \
        SET value = EXCLUDED.value, expires_at = EXCLUDED.expires_at, lease_until = 0";

    pub(in super::super) const ADD: &str = "\
        INSERT INTO {table} AS entry (entry_key, place, value, expires_at, lease, lease_until) \
        VALUES (:key, :place, :value, {now} + :life, {empty}, 0) \
        ON CONFLICT (entry_key) DO UPDATE \
        SET value = EXCLUDED.value, expires_at = EXCLUDED.expires_at, lease_until = 0 \
        WHERE entry.expires_at <= {now}";

    pub(in super::super) const STAMP: &str = "\
        INSERT INTO {table} AS entry (entry_key, place, value, expires_at, lease, lease_until) \
        VALUES [[(:key, :place, :value, {now} + :life, {empty}, 0)]] \
        ON CONFLICT (entry_key) DO UPDATE SET \
        value = CASE WHEN entry.expires_at > {now} AND length(entry.value) = 8 \
        THEN entry.value ELSE EXCLUDED.value END, \
        expires_at = CASE WHEN entry.expires_at > {now} AND length(entry.value) = 8 \
        THEN {greatest}(entry.expires_at, EXCLUDED.expires_at) ELSE EXCLUDED.expires_at END \
        RETURNING entry_key, value";
}

const GET: &str = "SELECT value FROM {table} WHERE entry_key = :key AND expires_at > {now}";

const GET_MANY: &str =
    "SELECT entry_key, value FROM {table} WHERE entry_key IN ([[:key]]) AND expires_at > {now}";

const TOUCH: &str =
    "UPDATE {table} SET expires_at = {now} + :life WHERE entry_key = :key AND expires_at > {now}";

const TTL: &str = "SELECT expires_at - {now} FROM {table} WHERE entry_key = :key AND expires_at > {now}";

const REPLACE: &str =
    "UPDATE {table} SET value = :value WHERE entry_key = :key AND value = :old AND expires_at > {now}";

const KEYS: &str = "\
    SELECT entry_key FROM {table} WHERE entry_key >= :cursor AND entry_key < :end AND expires_at > {now} \
    ORDER BY entry_key LIMIT :limit";

const ROWS: &str = "\
    SELECT entry_key FROM {table} WHERE entry_key >= :cursor AND entry_key < :end \
    ORDER BY entry_key LIMIT :limit";

const FILL: &str = "\
    UPDATE {table} SET value = :value, expires_at = {now} + :life, lease_until = 0 \
    WHERE entry_key = :key AND lease = :token AND lease_until > {now}";

const EXTEND: &str = "\
    UPDATE {table} SET lease_until = {now} + :life \
    WHERE entry_key = :key AND lease = :token AND lease_until > {now}";

const RELEASE: &str = "UPDATE {table} SET lease_until = 0 WHERE entry_key = :key AND lease = :token";

const EXPIRED: &str = "\
    SELECT entry_key FROM {table} WHERE expires_at <= {now} AND lease_until <= {now} \
    ORDER BY expires_at LIMIT :limit";

const SURPLUS: &str = "\
    SELECT entry_key, expires_at FROM {table} WHERE place >= :low AND place <= :high AND lease_until <= {now} \
    ORDER BY expires_at DESC LIMIT :limit OFFSET :target";

/// Every statement on one table, in one dialect.
pub(super) struct Texts {
    pub(super) create: Vec<Text>,
    pub(super) get: Text,
    pub(super) get_many: Text,
    pub(super) set: Text,
    pub(super) revive: Option<Text>,
    pub(super) add: Text,
    pub(super) touch: Text,
    pub(super) ttl: Text,
    pub(super) replace: Text,
    pub(super) delete_live: Option<Text>,
    pub(super) delete: Text,
    pub(super) keys: Text,
    pub(super) rows: Text,
    pub(super) remove: Text,
    pub(super) stamp: Text,
    pub(super) stamped: Option<Text>,
    pub(super) take: Option<Text>,
    pub(super) look: Text,
    pub(super) fill: Text,
    pub(super) extend: Text,
    pub(super) release: Text,
    pub(super) expired: Text,
    pub(super) remove_expired: Text,
    pub(super) surplus: Text,
    pub(super) remove_surplus: Text,
}

impl Texts {
    pub(super) fn new(dialect: &Dialect, table: &Table) -> Self {
        let quoted = table.quoted(dialect.quote);
        let (expiry, place) = (table.index("expires_at", dialect.quote), table.index("place", dialect.quote));
        let text_with = |template, rest| {
            let words = [
                ("table", &*quoted),
                ("index_of_expiry", &*expiry),
                ("index_of_place", &*place),
                ("now", dialect.now),
                ("empty", dialect.empty),
                ("greatest", dialect.greatest),
            ];
            Text::new(&str::replace(template, "{rest}", rest), &words, dialect.is_numbered)
        };
        let text = |template| text_with(template, "");
        Self {
            create: dialect.create.iter().map(|template| text(template)).collect(),
            get: text(GET),
            get_many: text(GET_MANY),
            set: text(dialect.set),
            revive: dialect.revive.map(text),
            add: text(dialect.add),
            touch: text(TOUCH),
            ttl: text(TTL),
            replace: text(REPLACE),
            delete_live: dialect.delete_live.map(text),
            delete: text(dialect.delete),
            keys: text(KEYS),
            rows: text(ROWS),
            remove: text(dialect.remove),
            stamp: text(dialect.stamp),
            stamped: dialect.stamped.map(text),
            take: dialect.take.map(text),
            look: text(dialect.look),
            fill: text(FILL),
            extend: text(EXTEND),
            release: text(RELEASE),
            expired: text(EXPIRED),
            remove_expired: text_with(dialect.remove, " AND expires_at <= {now} AND lease_until <= {now}"),
            surplus: text(SURPLUS),
            remove_surplus: text_with(dialect.remove, " AND expires_at <= :latest AND lease_until <= {now}"),
        }
    }
}
