//! Numbers, times and colours as a person reads them.

use std::io::IsTerminal;
use std::time::Duration;

/// The widest line, in characters.
pub const WIDTH: usize = 98;

/// Colours for a terminal; plain text for everything else, and where `NO_COLOR` is set.
#[derive(Debug, Clone, Copy)]
pub struct Paint {
    colours: bool,
}

impl Paint {
    /// What suits stdout.
    pub fn of_stdout() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colours: std::io::stdout().is_terminal() && !unwanted }
    }

    /// No colours.
    pub const fn plain() -> Self {
        Self { colours: false }
    }

    /// For headings.
    pub fn bold(self, text: &str) -> String {
        self.paint("1", text)
    }

    /// For what may be skipped.
    pub fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    /// For what went well.
    pub fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    /// For what to look at.
    pub fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    /// For what is refused.
    pub fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// A count with its thousands apart: `34,006`.
pub fn count(number: impl Into<u64>) -> String {
    let digits = number.into().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time in three digits: `83 ns`, `1.28 ms`.
pub fn duration(time: Duration) -> String {
    const UNITS: [(f64, &str); 3] = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
    let nanos = time.as_secs_f64() * 1e9;
    // From here on a time would be rounded up to a thousand of the smaller unit.
    let unit = UNITS.into_iter().find(|(size, _)| nanos >= size * 0.9995);
    let (size, name) = unit.unwrap_or((1.0, "ns"));
    let value = nanos / size;
    let decimals = match value {
        _ if name == "ns" => 0,
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {name}")
}

/// How many times faster, in two digits: `1.0×`, `87×`, `130,000×`.
pub fn speed_up(slow: Duration, fast: Duration) -> String {
    let times = slow.as_secs_f64() / fast.as_secs_f64().max(1e-9);
    if times < 9.95 {
        return format!("{times:.1}×");
    }
    let scale = 10_f64.powf(times.log10().floor() - 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and for the eye")]
    let rounded = ((times / scale).round() * scale).round() as u64;
    format!("{}×", count(rounded))
}

/// A distance: `3.9 km`, `2,914 km`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most half the globe")]
pub fn distance(km: f64) -> String {
    if km < 99.95 { format!("{km:.1} km") } else { format!("{} km", count(km.round() as u64)) }
}

/// The text cut to `width` characters, with `…` where some are left out.
pub fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let head: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{head}…")
}

/// The text in lines of at most `width` characters, broken between words.
///
/// # Panics
///
/// Never: there is always a line.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            let space = if line.is_empty() { "" } else { " " };
            line.push_str(space);
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0_u32, 999, 1000, 34_006, 1_234_567].map(count),
            ["0", "999", "1,000", "34,006", "1,234,567"]
        );
    }

    #[test]
    fn times_have_three_digits() {
        let times = [83, 999, 1_280, 99_960, 999_700, 12_345_678, 2_000_000_000].map(Duration::from_nanos);

        let texts = times.map(duration);

        assert_eq!(texts, ["83 ns", "999 ns", "1.28 µs", "100 µs", "1.00 ms", "12.3 ms", "2.00 s"]);
    }

    #[test]
    fn speed_ups_have_two_digits() {
        let fast = Duration::from_nanos(100);

        let texts = [100, 990, 8_651, 12_345_678].map(|slow| speed_up(Duration::from_nanos(slow), fast));

        assert_eq!(texts, ["1.0×", "9.9×", "87×", "120,000×"]);
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!([shortened("Köln", 4), shortened("Köln", 3)], ["Köln", "Kö…"]);
    }

    #[test]
    fn wrapped_text_breaks_between_words() {
        assert_eq!(wrapped("to be or not", 7), ["to be", "or not"]);
    }
}
