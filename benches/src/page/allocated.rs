//! What the program `allocations` says of pages.

use std::process::Command;

use super::Site;

/// What every site that keeps its pages in this process allocates for one request of a page that is there.
#[derive(Debug)]
pub struct Allocated(Vec<(String, Each)>);

/// What one request allocates.
#[derive(Debug, Clone, Copy)]
pub struct Each {
    /// How often.
    pub count: f64,
    /// How much in all.
    pub bytes: f64,
}

impl Allocated {
    /// What the program says that stands at this path.
    pub fn said_by(program: &str) -> Self {
        let output = Command::new(program).arg("pages").output().expect("cargo has built it");
        let text = String::from_utf8(output.stdout).expect("it prints text");
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
        let number = |line: &[&str]| line.last().and_then(|number| number.parse().ok()).expect("a number");
        let each = |pair: &[Vec<&str>]| {
            let each = Each { count: number(&pair[0]), bytes: number(&pair[1]) };
            (pair[0][1].to_owned(), each)
        };
        Self(lines.chunks_exact(2).map(each).collect())
    }

    /// Of this site, if its pages are in the process.
    pub fn of(&self, site: &Site) -> Option<Each> {
        self.0.iter().find(|(name, _)| name == site.name).map(|(_, each)| *each)
    }
}
