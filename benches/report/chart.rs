//! The times of a hit as a chart.

use std::fmt::Write;

use cache_benches::subject::{OURS, SUBJECTS, Subject, Task};

use super::Report;
use super::table::name;

const WIDTH: usize = 860;
const LABELS: usize = 330;
const NUMBERS: usize = 130;
const ROW: usize = 24;
const TOP: usize = 58;

const STYLE: &str = "
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #57606a }
  .bar { fill: #8c959f }
  .ours { fill: #0969da }
  .own { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #8b949e }
    .bar { fill: #6e7681 }
    .ours { fill: #58a6ff }
  }
";

/// Bars for the task with three parts in its key, on one thread: the shorter the better.
pub(crate) fn svg(report: &Report) -> String {
    let rows: Vec<_> = SUBJECTS
        .iter()
        .filter_map(|subject| Some((*subject, report.one.of(subject, Task::ThreeParts)?.nanoseconds)))
        .collect();
    let longest = rows.iter().map(|(_, nanoseconds)| *nanoseconds).fold(1.0, f64::max);
    let height = TOP + rows.len() * ROW + 16;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         role=\"img\" aria-label=\"Nanoseconds for a hit in memory\">\n<style>{STYLE}</style>\n\
         <text class=\"title\" x=\"8\" y=\"22\">A hit in memory: nanoseconds, three parts in the key</text>\n\
         <text class=\"quiet\" x=\"8\" y=\"42\">{}</text>\n",
        escaped(&report.machine)
    );
    for (index, (subject, nanoseconds)) in rows.into_iter().enumerate() {
        let allocations = report.counts.allocations_per_hit(subject);
        svg += &bar(subject, TOP + index * ROW, nanoseconds, longest, allocations);
    }
    svg + "</svg>\n"
}

fn bar(subject: &Subject, top: usize, nanoseconds: f64, longest: f64, allocations: f64) -> String {
    let is_ours = subject.name == OURS.name;
    let (bar, label) = if is_ours { ("bar ours", "own") } else { ("bar", "") };
    #[expect(clippy::cast_precision_loss, reason = "hundreds of pixels")]
    let room = (WIDTH - LABELS - NUMBERS - 16) as f64;
    let width = (nanoseconds / longest * room).max(1.0);
    #[expect(clippy::cast_precision_loss, reason = "hundreds of pixels")]
    let number = LABELS as f64 + width + 8.0;
    let mut text = String::new();
    let (middle, end) = (top + 15, LABELS - 8);
    let name = escaped(&name(subject).replace('`', ""));
    writeln!(text, "<text class=\"{label}\" x=\"{end}\" y=\"{middle}\" text-anchor=\"end\">{name}</text>")
        .expect("a string takes every text");
    writeln!(
        text,
        "<rect class=\"{bar}\" x=\"{LABELS}\" y=\"{}\" width=\"{width:.1}\" height=\"16\" rx=\"3\"/>\n\
         <text class=\"{label}\" x=\"{number:.1}\" y=\"{middle}\">{nanoseconds:.0} \
         <tspan class=\"quiet\">· {}</tspan></text>",
        top + 2,
        counted(allocations)
    )
    .expect("a string takes every text");
    text
}

fn counted(allocations: f64) -> String {
    match allocations {
        0.0 => "no allocation".to_owned(),
        1.0 => "1 allocation".to_owned(),
        _ => format!("{allocations:.1} allocations"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
