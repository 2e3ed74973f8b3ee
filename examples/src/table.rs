//! A table with aligned columns and a line below each row.

use crate::text::{Paint, WIDTH, shortened};

/// Where the text of a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table; the last column is cut so that no line is wider than [`WIDTH`].
#[derive(Debug)]
pub struct Table<const N: usize> {
    head: [(&'static str, Align); N],
    rows: Vec<([String; N], String)>,
}

impl<const N: usize> Table<N> {
    /// A table without rows.
    pub const fn new(head: [(&'static str, Align); N]) -> Self {
        Self { head, rows: Vec::new() }
    }

    /// Adds a row, and a remark that is printed below it.
    pub fn row(&mut self, cells: [String; N], remark: impl Into<String>) {
        self.rows.push((cells, remark.into()));
    }

    /// The lines of the table.
    pub fn lines(&self, paint: Paint) -> Vec<String> {
        let widths = self.widths();
        let head = self.head.map(|(name, _)| name.to_owned());
        let mut lines = vec![paint.bold(&self.line(&head, &widths)), paint.dim(&rule(&widths))];
        for (cells, remark) in &self.rows {
            lines.push(self.line(cells, &widths));
            if !remark.is_empty() {
                lines.push(paint.dim(&format!("    {}", shortened(remark, WIDTH - 4))));
            }
        }
        lines
    }

    fn line(&self, cells: &[String; N], widths: &[usize; N]) -> String {
        let cells = cells.iter().zip(widths).zip(&self.head).map(|((cell, &width), (_, align))| {
            let cell = shortened(cell, width);
            match align {
                Align::Left => format!("{cell:<width$}"),
                Align::Right => format!("{cell:>width$}"),
            }
        });
        format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
    }

    /// The widest cell of each column; the last column gets what is left.
    fn widths(&self) -> [usize; N] {
        let mut widths = self.head.map(|(name, _)| name.chars().count());
        for (cells, _) in &self.rows {
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = cell.chars().count().max(*width);
            }
        }
        let taken: usize = widths.iter().take(N - 1).map(|width| width + 2).sum();
        widths[N - 1] = widths[N - 1].min(WIDTH.saturating_sub(taken + 2));
        widths
    }
}

fn rule(widths: &[usize]) -> String {
    let dashes: Vec<_> = widths.iter().map(|&width| "─".repeat(width)).collect();
    format!("  {}", dashes.join("  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_left_and_numbers_right() {
        let mut table = Table::new([("call", Align::Left), ("hits", Align::Right)]);
        table.row(["a".to_owned(), "7".to_owned()], "remark");

        let lines = table.lines(Paint::plain());

        assert_eq!(lines, ["  call  hits", "  ────  ────", "  a        7", "    remark"]);
    }

    #[test]
    fn long_last_cell_is_cut_to_the_width() {
        let mut table = Table::new([("call", Align::Left), ("key", Align::Left)]);
        table.row(["a".to_owned(), "k".repeat(200)], "r".repeat(200));

        let lines = table.lines(Paint::plain());

        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH), "{lines:#?}");
    }
}
