//! Complaints: collected, each at the word that caused it, and said all at once.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Collects complaints; must be emptied by [`finish`](Self::finish).
pub(crate) struct Diagnostics {
    complaints: Vec<syn::Error>,
    read: bool,
}

impl Diagnostics {
    pub(crate) fn new() -> Self {
        Self { complaints: Vec::new(), read: false }
    }

    /// Complains about `tokens`.
    pub(crate) fn at(&mut self, tokens: &impl ToTokens, text: impl std::fmt::Display) {
        self.complaints.push(syn::Error::new_spanned(tokens, text));
    }

    /// Passes on what a parser complained about.
    pub(crate) fn push(&mut self, complaint: syn::Error) {
        self.complaints.push(complaint);
    }

    /// The value of `result`, or a complaint.
    pub(crate) fn or_complain<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|complaint| self.push(complaint)).ok()
    }

    /// Whether nothing was complained about; else all complaints as compile errors.
    pub(crate) fn finish(mut self) -> Result<(), TokenStream> {
        self.read = true;
        if self.complaints.is_empty() {
            return Ok(());
        }
        Err(self.complaints.iter().map(syn::Error::to_compile_error).collect())
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        let excused = self.read || std::thread::panicking();
        assert!(excused, "complaints were collected, and nobody read them");
    }
}

/// The word of `known` that was probably meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// ` (did you mean `timeout`?)`, or nothing.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(String::new, |meant| format!(" (did you mean `{meant}`?)"))
}

/// `` `a`, `b`, `c` ``; `nothing` if there are none.
pub(crate) fn list<I: AsRef<str>>(words: impl IntoIterator<Item = I>, nothing: &str) -> String {
    let words: Vec<_> = words.into_iter().map(|word| format!("`{}`", word.as_ref())).collect();
    if words.is_empty() { nothing.to_owned() } else { words.join(", ") }
}

/// Insertions, deletions, replacements, and exchanges of neighbours between two words.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows = vec![(0..=right.len()).collect::<Vec<usize>>()];
    for (i, a) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in right.iter().enumerate() {
            let mut least = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}
