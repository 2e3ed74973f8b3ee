//! Bars beside each other, as an image that follows the reader's light or dark.

use std::fmt::Write;

const WIDTH: usize = 860;
const LABELS: usize = 330;
const NUMBERS: usize = 150;
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

/// A chart.
#[derive(Debug)]
pub struct Chart {
    /// What the bars show.
    pub title: String,
    /// Where and when.
    pub subtitle: String,
    /// From above.
    pub rows: Vec<Row>,
}

/// One bar.
#[derive(Debug)]
pub struct Row {
    /// Whose it is; backticks are left out.
    pub label: String,
    /// Whether it is this project's.
    pub is_ours: bool,
    /// How long it is.
    pub value: f64,
    /// What stands behind the number.
    pub note: String,
}

impl Chart {
    /// The image.
    pub fn svg(&self) -> String {
        let longest = self.rows.iter().map(|row| row.value).fold(1.0, f64::max);
        let height = TOP + self.rows.len() * ROW + 16;
        let (title, subtitle) = (escaped(&self.title), escaped(&self.subtitle));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             role=\"img\" aria-label=\"{title}\">\n<style>{STYLE}</style>\n\
             <text class=\"title\" x=\"8\" y=\"22\">{title}</text>\n\
             <text class=\"quiet\" x=\"8\" y=\"42\">{subtitle}</text>\n"
        );
        for (index, row) in self.rows.iter().enumerate() {
            svg += &row.svg(TOP + index * ROW, longest);
        }
        svg + "</svg>\n"
    }
}

impl Row {
    fn svg(&self, top: usize, longest: f64) -> String {
        let (bar, label) = if self.is_ours { ("bar ours", "own") } else { ("bar", "") };
        #[expect(clippy::cast_precision_loss, reason = "hundreds of pixels")]
        let room = (WIDTH - LABELS - NUMBERS - 16) as f64;
        let width = (self.value / longest * room).max(1.0);
        #[expect(clippy::cast_precision_loss, reason = "hundreds of pixels")]
        let number = LABELS as f64 + width + 8.0;
        let mut text = String::new();
        let (middle, end) = (top + 15, LABELS - 8);
        let name = escaped(&self.label.replace('`', ""));
        let (value, note) = (self.value, escaped(&self.note));
        writeln!(
            text,
            "<text class=\"{label}\" x=\"{end}\" y=\"{middle}\" text-anchor=\"end\">{name}</text>"
        )
        .expect("a string takes every text");
        writeln!(
            text,
            "<rect class=\"{bar}\" x=\"{LABELS}\" y=\"{}\" width=\"{width:.1}\" height=\"16\" rx=\"3\"/>\n\
             <text class=\"{label}\" x=\"{number:.1}\" y=\"{middle}\">{value:.0} \
             <tspan class=\"quiet\">· {note}</tspan></text>",
            top + 2,
        )
        .expect("a string takes every text");
        text
    }
}

/// A text as it stands in an image.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
