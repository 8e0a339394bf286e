//! Horizontal bars, one for each row of a case.

use super::svg::{picture, text};
use crate::case::Plot;
use crate::number::number;
use crate::results::Results;

/// Where bars begin; labels end there.
const LEFT: f64 = 290.0;
/// Length of the longest bar. The number follows it.
const LONGEST: f64 = 440.0;
const TOP: f64 = 40.0;
const STEP: f64 = 30.0;
const THICKNESS: f64 = 18.0;
/// How the labels of rows begin that are not about the program. Their bars are grey.
const OTHERS: [&str; 4] = ["nginx", "actix-web", "Express", "node"];

/// Draws the bars; `None` without figures.
pub fn draw(results: &Results, plot: Plot) -> Option<String> {
    let rows = results.case.rows.iter().enumerate();
    let bars: Vec<(&str, f64)> = rows
        .filter_map(|(index, row)| Some((&*row.label, results.median(index, plot.key)?)))
        .collect();
    let longest = bars.iter().map(|(_, value)| *value).reduce(f64::max)?;
    let decimals = if longest < 100.0 { 1 } else { 0 };
    let mut content = text(0.0, 20.0, "font-weight=\"600\"", plot.heading);
    for (index, (label, value)) in bars.iter().enumerate() {
        let y = TOP + STEP * index as f64;
        let width = if longest > 0.0 {
            LONGEST * value / longest
        } else {
            0.0
        };
        let is_other = OTHERS.iter().any(|other| label.starts_with(other));
        let class = if is_other { "bar" } else { "bar own" };
        let base = y + 14.0;
        content.push_str(&text(LEFT - 10.0, base, "text-anchor=\"end\"", label));
        content.push_str(&format!(
            "<rect class=\"{class}\" x=\"{LEFT:.0}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{THICKNESS:.0}\" rx=\"2\"/>\n"
        ));
        content.push_str(&text(
            LEFT + width + 8.0,
            base,
            "",
            &number(*value, decimals),
        ));
    }
    let height = TOP + STEP * bars.len() as f64 + 4.0;
    Some(picture(height, results.case.title, &content))
}
