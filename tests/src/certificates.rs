//! Certificates for a server on this machine, made by `openssl` when a test needs them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An authority, and a server certificate for `localhost` and 127.0.0.1 that it vouches for.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The authority's certificate, in PEM.
    pub authority: PathBuf,
    /// The server's certificate, in PEM.
    pub certificate: PathBuf,
    /// The server's key, in PEM.
    pub key: PathBuf,
}

impl Certificates {
    /// Makes them in a folder; each call makes another authority.
    ///
    /// # Panics
    ///
    /// If `openssl` is missing or fails.
    pub fn make_in(folder: &Path) -> Self {
        let path = |name: &str| folder.join(name);
        let text = |name: &str| path(name).display().to_string();
        let names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
        let new_key = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let authority = [
            &new_key[..],
            &["-days", "2", "-subj", "/CN=cache tests", "-keyout", &text("ca.key"), "-out", &text("ca.crt")],
        ];
        openssl(&authority.concat());
        let server = [
            &new_key[..],
            &["-days", "2", "-subj", "/CN=localhost", "-addext", names],
            &["-addext", "basicConstraints=critical,CA:FALSE"],
            &["-CA", &text("ca.crt"), "-CAkey", &text("ca.key")],
            &["-keyout", &text("server.key"), "-out", &text("server.crt")],
        ];
        openssl(&server.concat());
        Self { authority: path("ca.crt"), certificate: path("server.crt"), key: path("server.key") }
    }
}

fn openssl(arguments: &[&str]) {
    let output = Command::new("openssl").args(arguments).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| {
        panic!("cannot run `openssl` ({error}): run the tests by ./tests/run, which installs it")
    });
    assert!(output.status.success(), "openssl failed: {}", String::from_utf8_lossy(&output.stderr));
}
