//! Bars that were set before anything was measured, and whether they are met.

use std::fmt::Write;

use super::short;

/// A bar, and what was measured.
#[derive(Debug)]
pub struct Goal {
    measure: String,
    wanted: String,
    measured: f64,
    /// Unless there is no bar.
    is_met: Option<bool>,
}

impl Goal {
    /// It is met by this number and all below.
    pub fn at_most(measure: &str, most: f64, measured: f64) -> Self {
        let wanted = if most.fract() == 0.0 { short(most) } else { format!("≤ {}", short(most)) };
        Self { measure: measure.to_owned(), wanted, measured, is_met: Some(measured <= most) }
    }

    /// It is met by this number and all above.
    pub fn at_least(measure: &str, least: f64, measured: f64) -> Self {
        let wanted = format!("≥ {}", short(least));
        Self { measure: measure.to_owned(), wanted, measured, is_met: Some(measured >= least) }
    }

    /// There is no bar but the best that can be had.
    pub fn open(measure: &str, wanted: &str, measured: f64) -> Self {
        Self { measure: measure.to_owned(), wanted: wanted.to_owned(), measured, is_met: None }
    }
}

/// The bars as a table in Markdown.
pub fn table(goals: &[Goal]) -> String {
    let mut text =
        String::from("## The bars\n\n| measure | bar | measured | |\n| --- | --- | ---: | --- |\n");
    for Goal { measure, wanted, measured, is_met } in goals {
        let verdict = is_met.map_or("", |is_met| if is_met { "met" } else { "**not met**" });
        writeln!(text, "| {measure} | {wanted} | {} | {verdict} |", short(*measured))
            .expect("a string takes every text");
    }
    text + "\n"
}
