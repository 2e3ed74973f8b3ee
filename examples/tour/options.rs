//! What the command line says.

/// How the tour is taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The URL of the cache; memory without one.
    pub(crate) cache: Option<String>,
    /// Smaller questions, for a build without optimisation.
    pub(crate) quick: bool,
    /// Only say how the tour is called.
    pub(crate) help: bool,
}

pub(crate) const HELP: &str = "\
Caches real queries over the cities of GeoNames, and shows what that does.

usage: cargo run --release --example tour -- [--cache URL] [--quick]

  --cache URL   where to cache: redis://localhost:6379/1, memory://?max_entries=1000;
                memory if it is left out
  --quick       smaller questions
  --help        this text";

impl Options {
    pub(crate) fn read(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => options.quick = true,
                "--help" | "-h" => options.help = true,
                "--cache" => {
                    options.cache =
                        Some(arguments.next().ok_or("`--cache` takes a URL, such as redis://localhost")?);
                }
                other => match other.strip_prefix("--cache=") {
                    Some(url) => options.cache = Some(url.to_owned()),
                    None => {
                        return Err(format!(
                            "`{other}` is unknown; there are --cache URL, --quick and --help"
                        ));
                    }
                },
            }
        }
        Ok(options)
    }
}
