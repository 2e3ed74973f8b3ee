//! What the program `allocations` counted.

use std::collections::HashMap;
use std::process::Command;

use cache_benches::subject::Subject;

/// Its lines, by kind, subject and task.
pub(crate) struct Counts(HashMap<(String, String, String), f64>);

impl Counts {
    /// Runs the program.
    pub(crate) fn take() -> Self {
        let output = Command::new(env!("CARGO_BIN_EXE_allocations")).output().expect("cargo has built it");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("it prints text");
        Self(text.lines().map(read).collect())
    }

    /// What the hits of a subject allocate: the most of all its tasks.
    pub(crate) fn allocations_per_hit(&self, subject: &Subject) -> f64 {
        let of_subject = self.0.iter().filter(|((kind, id, _), _)| kind == "hits" && *id == subject.id());
        of_subject.map(|(_, number)| *number).fold(0.0, f64::max)
    }

    /// What a miss allocates.
    pub(crate) fn allocations_per_miss(&self, subject: &Subject) -> f64 {
        self.of("misses", subject)
    }

    /// The bytes that an entry keeps.
    pub(crate) fn bytes_per_entry(&self, subject: &Subject) -> f64 {
        self.of("bytes", subject)
    }

    fn of(&self, kind: &str, subject: &Subject) -> f64 {
        self.0[&(kind.to_owned(), subject.id(), String::new())]
    }
}

fn read(line: &str) -> ((String, String, String), f64) {
    let fields: Vec<&str> = line.split('\t').collect();
    let [kind, subject, task, number] = fields.as_slice() else { panic!("not a line of four: {line}") };
    let key = ((*kind).to_owned(), (*subject).to_owned(), (*task).to_owned());
    (key, number.parse().expect("the last is a number"))
}
