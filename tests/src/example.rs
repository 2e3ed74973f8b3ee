//! The examples as programs: built once, with what the tests themselves were built with.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::Process;

/// The folder of the built examples.
static EXAMPLES: LazyLock<PathBuf> = LazyLock::new(build);

/// The example, ready to be given arguments; it sees no settings of the machine it runs on.
pub fn example(name: &str) -> Command {
    let mut command = Command::new(EXAMPLES.join(name));
    for setting in
        ["CACHE_URL", "CACHE_CONFIG", "CACHE_DEFAULT_URL", "CACHE_MARKETING_URL", "NO_COLOR", "PORT"]
    {
        command.env_remove(setting);
    }
    command
}

/// An example that serves a site, on a free port; it ends when this is dropped.
#[derive(Debug)]
pub struct Site {
    url: String,
    _process: Process,
}

impl Site {
    /// Starts the example with these variables in its environment, and waits until it says where it is.
    ///
    /// # Panics
    ///
    /// If it ends before, or says nothing for half a minute.
    pub fn start(name: &str, settings: &[(&str, &str)]) -> Self {
        let mut command = example(name);
        command.env("PORT", "0").envs(settings.iter().copied());
        let started = Process::run(&mut command, "http://");
        let (process, line) = started.unwrap_or_else(|| panic!("`{name}` ends at once, with {settings:?}"));
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let url = format!("http://{}", address.expect("the line has an address"));
        Self { url, _process: process }
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Builds together with this package, so that both have one set of features, and one build of the runtime.
fn build() -> PathBuf {
    let this = std::env::current_exe().expect("the system knows this program");
    let folder = this.parent().expect("a program lies in a folder");
    // Tests lie in `deps`, programs beside it.
    let profile = if folder.ends_with("deps") { folder.parent().unwrap_or(folder) } else { folder };
    let target = profile.parent().expect("a profile lies in a target folder");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    command.args(["build", "--examples", "-p", "cache-tests", "-p", "cache-examples"]);
    command.args(["--features", "cache-examples/actix", "--target-dir"]).arg(target);
    if profile.ends_with("release") {
        command.arg("--release");
    }
    let output = command.output().expect("cargo ran this program");
    assert!(
        output.status.success(),
        "the examples do not compile: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    profile.join("examples")
}
