//! What the reports share: where it was measured, medians, bars that were set, and charts.

pub mod chart;
pub mod goal;
pub mod lines;
pub mod machine;

/// The middle one; zero of none.
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// At most two digits after the point, and no zeros there.
pub fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
