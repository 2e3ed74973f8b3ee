//! Settings → where the database is: what a URL may say, and how it is shown without its secrets.

use std::sync::Arc;

use super::Options;
use super::dialect::Dialect;
use super::driver::Connector;
use crate::base::error::{Error, ErrorKind, Result};

/// The schemes of every engine, compiled in or not.
pub(super) const SCHEMES: &[&str] = &["sqlite", "postgres", "postgresql", "mysql", "mariadb"];

/// The engine behind a URL, and what connects to it.
pub(super) fn at(options: &Options) -> Result<(&'static Dialect, Arc<dyn Connector>)> {
    match scheme_of(&options.location)? {
        "sqlite" => sqlite(options),
        "postgres" | "postgresql" => postgres(options),
        _ => mysql(options),
    }
}

/// The scheme of a URL, if it is that of some engine.
pub(super) fn scheme_of(url: &str) -> Result<&str> {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme).filter(|scheme| SCHEMES.contains(scheme));
    scheme.ok_or_else(|| wrong("expected a URL that begins with sqlite://, postgres:// or mysql://"))
}

#[cfg(feature = "sqlite")]
fn sqlite(options: &Options) -> Result<(&'static Dialect, Arc<dyn Connector>)> {
    use super::sqlite::{DIALECT, File};
    if options.username.is_some() || options.password.is_some() {
        return Err(wrong("a file has no `username` and no `password`"));
    }
    if options.location.contains(":memory:") || options.location.contains("mode=memory") {
        return Err(wrong("a database in memory ends with its connection: use `backend = \"memory\"`"));
    }
    let file = File::at(&options.location, options.create_table).map_err(|error| unusable(&error))?;
    Ok((&DIALECT, Arc::new(file)))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &Options) -> Result<(&'static Dialect, Arc<dyn Connector>)> {
    Err(lacking("sqlite"))
}

#[cfg(feature = "postgres")]
fn postgres(options: &Options) -> Result<(&'static Dialect, Arc<dyn Connector>)> {
    use super::postgres::{DIALECT, Server};
    let server = Server::at(&options.location, options.username.as_deref(), options.password.as_deref());
    Ok((&DIALECT, Arc::new(server.map_err(|error| unusable(&error))?)))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &Options) -> Result<(&'static Dialect, Arc<dyn Connector>)> {
    Err(lacking("postgres"))
}

#[cfg(feature = "mysql")]
fn mysql(options: &Options) -> Result<(&'static Dialect, Arc<dyn Connector>)> {
    use super::mysql::{DIALECT, Server};
    let server = Server::at(&options.location, options.username.as_deref(), options.password.as_deref());
    Ok((&DIALECT, Arc::new(server.map_err(|error| unusable(&error))?)))
}

#[cfg(not(feature = "mysql"))]
fn mysql(_: &Options) -> Result<(&'static Dialect, Arc<dyn Connector>)> {
    Err(lacking("mysql"))
}

#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
fn lacking(feature: &str) -> Error {
    let text = format!("this database needs the feature `{feature}` of `cache-runtime`");
    Error::new(ErrorKind::Unsupported, "settings").context(text)
}

/// A URL without what stands before its host, and without its query.
pub(super) fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "***".to_owned() };
    let place = rest.split(['?', '#']).next().unwrap_or_default();
    // A password that is not encoded may hold any character, so the last `@` counts.
    match place.rsplit_once('@') {
        Some((_, place)) if scheme != "sqlite" => format!("{scheme}://***@{place}"),
        _ if rest[place.len()..].contains('@') => format!("{scheme}://***"),
        _ => format!("{scheme}://{place}"),
    }
}

/// The client's words may repeat the URL.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
fn unusable(_: &sqlx::Error) -> Error {
    wrong("it is no URL of this database, or its query says what the client does not know")
}

fn wrong(text: &str) -> Error {
    Error::new(ErrorKind::Settings, "settings").context(format!("database location: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_secrets() {
        let cases = [
            ("postgres://user:s@cret@host:5432/site", "postgres://***@host:5432/site"),
            ("mysql://user:se/cret@host/site?ssl-mode=required", "mysql://***@host/site"),
            ("postgres://user:se?cret@host", "postgres://***"),
            ("postgres://host/site?password=secret", "postgres://host/site"),
            ("sqlite:///var/cache/site.db?mode=rwc", "sqlite:///var/cache/site.db"),
            ("secret", "***"),
        ];
        for (url, shown) in cases {
            assert_eq!(without_secrets(url), shown);
        }
    }
}
