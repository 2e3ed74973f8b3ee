//! The simulated fleets as a chart: three curves over the number of nodes.

use std::fmt::Write;

use cache_tests::FleetReport;

const WIDTH: f64 = 860.0;
const PANEL: f64 = 250.0;
const HEIGHT: f64 = 260.0;
const TOP: f64 = 70.0;
const BOTTOM: f64 = 210.0;

const STYLE: &str = "
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .quiet { fill: #57606a; font-size: 11px }
  .line { fill: none; stroke: #0969da; stroke-width: 2 }
  .dot { fill: #0969da }
  .axis { stroke: #8c959f }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #8b949e }
    .line { stroke: #58a6ff }
    .dot { fill: #58a6ff }
  }
";

/// One curve: its name, how a value is read from a report, and how it is written.
struct Curve {
    name: &'static str,
    value: fn(&FleetReport) -> f64,
    written: fn(f64) -> String,
}

const CURVES: [Curve; 3] = [
    Curve {
        name: "answered in front",
        value: |fleet| fleet.in_front * 100.0,
        written: |percent| format!("{percent:.0} %"),
    },
    Curve {
        name: "messages heard, a second",
        value: |fleet| fleet.heard,
        written: |number| format!("{number:.0}"),
    },
    Curve {
        name: "stale at most",
        value: |fleet| fleet.worst_staleness.as_secs_f64() * 1000.0,
        written: |milliseconds| format!("{milliseconds:.0} ms"),
    },
];

/// The chart of these fleets, by their size.
pub(crate) fn svg(fleets: &[(usize, FleetReport)]) -> String {
    let panels = CURVES.iter().enumerate().map(|(index, curve)| panel(index, curve, fleets));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" role=\"img\" \
         aria-label=\"Simulated fleets by their number of nodes\">\n<style>{STYLE}</style>\n\
         <text class=\"title\" x=\"8\" y=\"22\">Fronts over one store, simulated, by the number of nodes</text>\n\
         <text class=\"quiet\" x=\"8\" y=\"40\">50 lookups a second on each node, 5 changes a second in all, the \
         journal read every 100 ms</text>\n{}</svg>\n",
        panels.collect::<String>()
    )
}

fn panel(index: usize, curve: &Curve, fleets: &[(usize, FleetReport)]) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three panels")]
    let left = 20.0 + index as f64 * (PANEL + 35.0);
    let most = fleets.iter().map(|(_, fleet)| (curve.value)(fleet)).fold(1.0, f64::max);
    let points: Vec<_> = fleets
        .iter()
        .map(|(nodes, fleet)| {
            let value = (curve.value)(fleet);
            (left + across(*nodes, fleets), BOTTOM - value / most * (BOTTOM - TOP - 20.0), *nodes, value)
        })
        .collect();
    let line: Vec<_> = points.iter().map(|(x, y, ..)| format!("{x:.1},{y:.1}")).collect();
    let mut text = format!(
        "<text x=\"{left}\" y=\"64\">{}</text>\n<line class=\"axis\" x1=\"{left}\" y1=\"{BOTTOM}\" x2=\"{}\" \
         y2=\"{BOTTOM}\"/>\n<polyline class=\"line\" points=\"{}\"/>\n",
        curve.name,
        left + PANEL,
        line.join(" ")
    );
    for (x, y, nodes, value) in points {
        writeln!(
            text,
            "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>\
             <text class=\"quiet\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text class=\"quiet\" x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{nodes}</text>",
            y - 8.0,
            (curve.written)(value),
            BOTTOM + 16.0
        )
        .expect("a string takes every text");
    }
    text
}

/// Where a fleet of this size stands, by the logarithm of it.
fn across(nodes: usize, fleets: &[(usize, FleetReport)]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let log = |nodes: usize| (nodes as f64).ln();
    let (first, last) = (fleets[0].0, fleets[fleets.len() - 1].0);
    12.0 + (log(nodes) - log(first)) / (log(last) - log(first)) * (PANEL - 30.0)
}
