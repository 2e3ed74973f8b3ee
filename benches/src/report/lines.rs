//! Lines beside each other over a logarithmic plane, as an image that follows the reader's light or dark.

use std::fmt::Write;

use super::chart::escaped;

const WIDTH: f64 = 860.0;
const TOP: f64 = 84.0;
const HEIGHT: f64 = 300.0;
const PANEL: f64 = 300.0;
const LEFT: f64 = 52.0;
const GAP: f64 = 62.0;

/// One colour for each line; they are told apart on light and on dark ground.
const COLOURS: [&str; 10] = [
    "#0969da", "#cf222e", "#1a7f37", "#9a6700", "#8250df", "#bf3989", "#0a7d8c", "#bc4c00", "#6e7781",
    "#57ab5a",
];

const STYLE: &str = "
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #57606a; font-size: 11px }
  .line { fill: none; stroke-width: 2 }
  .axis { stroke: #8c959f; stroke-opacity: 0.35 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #8b949e }
  }
";

/// A chart of panels that share their lines' colours and their vertical scale.
#[derive(Debug)]
pub struct Lines {
    /// What the lines show.
    pub title: String,
    /// Where and when.
    pub subtitle: String,
    /// From left to right; two have room.
    pub panels: Vec<Panel>,
}

/// One plane.
#[derive(Debug)]
pub struct Panel {
    /// What both axes are.
    pub name: String,
    /// The lines.
    pub lines: Vec<Line>,
}

/// One line.
#[derive(Debug)]
pub struct Line {
    /// Whose it is: a name has one colour in all panels.
    pub label: String,
    /// Where it goes: positive numbers, from left to right.
    pub points: Vec<(f64, f64)>,
}

/// The ends of an axis, as powers of ten.
#[derive(Clone, Copy)]
struct Scale {
    first: f64,
    last: f64,
}

impl Lines {
    /// The image.
    pub fn svg(&self) -> String {
        let labels = self.labels();
        let heights = Scale::around(self.points().map(|(_, y)| y)).whole();
        let (title, subtitle) = (escaped(&self.title), escaped(&self.subtitle));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {}\" width=\"{WIDTH}\" role=\"img\" \
             aria-label=\"{title}\">\n<style>{STYLE}</style>\n<text class=\"title\" x=\"8\" y=\"22\">{title}</text>\n\
             <text class=\"quiet\" x=\"8\" y=\"42\">{subtitle}</text>\n",
            TOP + HEIGHT + 36.0
        );
        let mut left = LEFT;
        for panel in &self.panels {
            svg += &panel.svg(left, heights, &labels);
            left += PANEL + GAP;
        }
        svg + &legend(&labels) + "</svg>\n"
    }

    fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        self.panels.iter().flat_map(|panel| &panel.lines).flat_map(|line| line.points.iter().copied())
    }

    /// The names, each once, in the order in which they come.
    fn labels(&self) -> Vec<&str> {
        let mut labels: Vec<&str> = Vec::new();
        for line in self.panels.iter().flat_map(|panel| &panel.lines) {
            if !labels.contains(&&*line.label) {
                labels.push(&line.label);
            }
        }
        labels
    }
}

impl Panel {
    fn svg(&self, left: f64, heights: Scale, labels: &[&str]) -> String {
        let widths = Scale::around(self.lines.iter().flat_map(|line| line.points.iter().map(|(x, _)| *x)));
        let place =
            |(x, y): &(f64, f64)| (left + widths.part(*x) * PANEL, TOP + (1.0 - heights.part(*y)) * HEIGHT);
        let name = escaped(&self.name);
        let mut text =
            format!("<text x=\"{left}\" y=\"{}\">{name}</text>\n", TOP - 16.0) + &heights.grid(left);
        for line in &self.lines {
            let colour = colour(labels, &line.label);
            let points: Vec<_> = line.points.iter().map(place).collect();
            let path: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            writeln!(text, "<polyline class=\"line\" stroke=\"{colour}\" points=\"{}\"/>", path.join(" "))
                .expect("a string takes every text");
            for (x, y) in points {
                writeln!(text, "<circle fill=\"{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>")
                    .expect("a string takes every text");
            }
        }
        let longest = self.lines.iter().max_by_key(|line| line.points.len());
        for (x, _) in longest.map_or(&[][..], |line| &line.points) {
            let (across, below) = (left + widths.part(*x) * PANEL, TOP + HEIGHT + 18.0);
            writeln!(
                text,
                "<text class=\"quiet\" x=\"{across:.1}\" y=\"{below}\" text-anchor=\"middle\">{x}</text>"
            )
            .expect("a string takes every text");
        }
        text
    }
}

impl Scale {
    fn around(values: impl Iterator<Item = f64>) -> Self {
        let (mut first, mut last) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            (first, last) = (first.min(value.log10()), last.max(value.log10()));
        }
        Self { first, last }
    }

    /// As far as the next powers of ten.
    fn whole(self) -> Self {
        Self { first: self.first.floor(), last: self.last.ceil() }
    }

    /// Where a value is between the ends.
    fn part(self, value: f64) -> f64 {
        (value.log10() - self.first) / (self.last - self.first).max(f64::MIN_POSITIVE)
    }

    /// A line for each power of ten, with its number.
    fn grid(self, left: f64) -> String {
        let mut text = String::new();
        let mut power = self.first;
        while power <= self.last {
            let value = 10_f64.powf(power);
            let y = TOP + (1.0 - self.part(value)) * HEIGHT;
            writeln!(
                text,
                "<line class=\"axis\" x1=\"{left}\" y1=\"{y:.1}\" x2=\"{}\" y2=\"{y:.1}\"/>\
                 <text class=\"quiet\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
                left + PANEL,
                left - 6.0,
                y + 4.0
            )
            .expect("a string takes every text");
            power += 1.0;
        }
        text
    }
}

fn legend(labels: &[&str]) -> String {
    let left = LEFT + 2.0 * (PANEL + GAP) - GAP + 18.0;
    let mut text = String::new();
    let mut y = TOP + 4.0;
    for label in labels {
        let name = escaped(label);
        writeln!(
            text,
            "<rect fill=\"{}\" x=\"{left}\" y=\"{:.1}\" width=\"10\" height=\"10\" rx=\"2\"/>\
             <text class=\"quiet\" x=\"{}\" y=\"{y:.1}\">{name}</text>",
            colour(labels, label),
            y - 9.0,
            left + 15.0
        )
        .expect("a string takes every text");
        y += 20.0;
    }
    text
}

fn colour(labels: &[&str], label: &str) -> &'static str {
    let place = labels.iter().position(|known| *known == label).unwrap_or_default();
    COLOURS[place % COLOURS.len()]
}
