//! The table of one case, for the terminal and for the document.

use crate::number::number;
use crate::results::Results;

/// A table: the headings, then the rows.
pub struct Table(Vec<Vec<String>>);

impl Table {
    /// Makes the table of a case.
    pub fn new(results: &Results) -> Self {
        let case = &results.case;
        let mut headings = vec![case.subject.to_owned()];
        headings.extend(case.columns.iter().map(|column| column.heading.to_owned()));
        if case.ratio.is_some() {
            headings.push("× nginx".to_owned());
        }
        let rows = (0..case.rows.len()).map(|row| cells(results, row));
        Self(std::iter::once(headings).chain(rows).collect())
    }

    /// Makes a table of rows, headings first.
    pub const fn from_rows(rows: Vec<Vec<String>>) -> Self {
        Self(rows)
    }

    /// Returns it with aligned columns.
    pub fn to_text(&self) -> String {
        let columns = self.0.first().map_or(0, Vec::len);
        let width = |column: usize| {
            let cells = self.0.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate();
            let cells = cells.map(|(index, (cell, width))| match index {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        self.0
            .iter()
            .map(|row| format!("  {}\n", line(row)))
            .collect()
    }

    /// Returns it as Markdown.
    pub fn to_markdown(&self) -> String {
        let line = |row: &Vec<String>| format!("| {} |\n", row.join(" | "));
        let Some((headings, rows)) = self.0.split_first() else {
            return String::new();
        };
        let rule = format!("|---|{}\n", "---:|".repeat(headings.len() - 1));
        let rows: String = rows.iter().map(line).collect();
        format!("{}{rule}{rows}", line(headings))
    }
}

fn cells(results: &Results, row: usize) -> Vec<String> {
    let case = &results.case;
    let mark = if results.is_disturbed(row) { " *" } else { "" };
    let label = case.rows.get(row).map_or("", |row| &row.label);
    let mut cells = vec![format!("{label}{mark}")];
    for column in &case.columns {
        let cell = results.spread(row, column.key).map(|spread| {
            let show = |value| number(value, column.decimals);
            let (median, min, max) = (show(spread.median), show(spread.min), show(spread.max));
            if column.has_spread && min != max {
                format!("{median} ({min}–{max})")
            } else {
                median
            }
        });
        cells.push(cell.unwrap_or_else(|| "–".to_owned()));
    }
    if case.ratio.is_some() {
        let ratio = results.ratio(row).map(|ratio| number(ratio, 2));
        cells.push(ratio.unwrap_or_else(|| "–".to_owned()));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::example;

    #[test]
    fn the_terminal_has_aligned_columns() {
        let expected = "  server        CPU µs            × nginx
  program & co  30.0 (20.0–40.0)     3.00
  nginx *                   10.0     1.00
";
        let text = Table::new(&example()).to_text();
        let squeeze = |text: &str| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(squeeze(&text), squeeze(expected));
        let ends = text.lines().map(|line| line.chars().count());
        assert_eq!(ends.max(), ends_of_all(&text));
    }

    /// Returns the length of the lines if all have the same.
    fn ends_of_all(text: &str) -> Option<usize> {
        let mut ends = text.lines().map(|line| line.chars().count());
        let first = ends.next()?;
        ends.all(|end| end == first).then_some(first)
    }

    #[test]
    fn the_document_has_a_row_for_each_server() {
        let expected = "| server | CPU µs | × nginx |
|---|---:|---:|
| program & co | 30.0 (20.0–40.0) | 3.00 |
| nginx * | 10.0 | 1.00 |
";
        assert_eq!(Table::new(&example()).to_markdown(), expected);
    }
}
