//! "Did you mean": the known word that is nearest to an unknown one.

/// What to say of an unknown word: the nearest known one if any is near, and all that are known.
pub(crate) fn unknown(what: &str, word: &str, known: &[&str]) -> String {
    unknown_of(what, word, known, known)
}

/// The same, where only some of the known words are worth listing.
pub(crate) fn unknown_of(what: &str, word: &str, known: &[&str], shown: &[&str]) -> String {
    let hint = nearest(word, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    if known.is_empty() {
        return format!("unknown {what} `{word}`: there are none");
    }
    format!("unknown {what} `{word}`{hint} (known: {})", listed(shown))
}

/// The words, each in backticks.
pub(crate) fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The known word that a slip of the fingers turns into `word`.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    let distances = known.iter().map(|known| (distance(word, known), *known));
    distances
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, near)| near)
}

/// Insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<_>, Vec<_>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<_>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_is_recognised() {
        for (slip, meant) in [("defualt", "default"), ("marketin", "marketing"), ("mEmory", "memory")] {
            assert_eq!(nearest(slip, &["default", "marketing", "memory"]), Some(meant));
        }
    }

    #[test]
    fn another_word_is_no_slip() {
        assert_eq!(nearest("sessions", &["default", "marketing"]), None);
    }
}
