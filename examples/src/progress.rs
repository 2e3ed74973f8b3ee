//! A line that shows how far a long step is, while somebody is looking.

use std::io::{IsTerminal, Write, stderr};

const BAR: usize = 30;

/// The progress of one step, drawn on stderr if that is a terminal, and gone when it is dropped.
#[derive(Debug)]
#[must_use = "the line is gone when this is dropped"]
pub struct Progress {
    label: String,
    total: usize,
    done: usize,
    visible: bool,
}

impl Progress {
    /// The beginning of a step of `total` parts.
    pub fn new(label: impl Into<String>, total: usize) -> Self {
        let progress = Self { label: label.into(), total, done: 0, visible: stderr().is_terminal() };
        progress.draw();
        progress
    }

    /// One part is done.
    pub fn step(&mut self) {
        self.done += 1;
        let each = (self.total / 100).max(1);
        if self.done.is_multiple_of(each) {
            self.draw();
        }
    }

    /// One part is done, and another begins.
    pub fn next(&mut self, label: impl Into<String>) {
        self.label = label.into();
        self.done += 1;
        self.draw();
    }

    fn draw(&self) {
        if self.visible {
            say(&format!("\r\x1b[K  {} {}", bar(self.done, self.total), self.label));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.visible {
            say("\r\x1b[K");
        }
    }
}

/// Progress is a courtesy: where it cannot be written, the step goes on.
fn say(text: &str) {
    let mut stderr = stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

fn bar(done: usize, total: usize) -> String {
    let filled = done.min(total) * BAR / total.max(1);
    format!("{}{}", "█".repeat(filled), "░".repeat(BAR - filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_work_fills_half_of_the_bar() {
        assert_eq!(bar(5, 10), format!("{}{}", "█".repeat(15), "░".repeat(15)));
    }

    #[test]
    fn no_work_is_an_empty_bar() {
        assert_eq!(bar(0, 0), "░".repeat(30));
    }
}
