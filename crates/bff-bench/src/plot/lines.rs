//! Lines through the points of rows, on logarithmic axes.

use super::svg::{WIDTH, picture, text};
use crate::case::Plot;
use crate::number::short;
use crate::results::Results;

const LEFT: f64 = 70.0;
const RIGHT: f64 = WIDTH - 40.0;
const TOP: f64 = 44.0;
const BOTTOM: f64 = 320.0;
const HEIGHT: f64 = 372.0;
/// Where the names of the lines begin, beside the heading, and the room of each.
const LEGEND: f64 = 420.0;
const LEGEND_STEP: f64 = 110.0;
/// Classes of the lines in the style sheet.
const CLASSES: [&str; 4] = ["a", "b", "c", "d"];

/// The powers of ten between which an axis runs.
#[derive(Clone, Copy)]
struct Axis {
    first: f64,
    last: f64,
}

impl Axis {
    /// Returns the axis that holds these values; `None` when there is none above zero.
    fn around(values: impl Iterator<Item = f64>) -> Option<Self> {
        let logs: Vec<f64> = values
            .filter(|value| *value > 0.0)
            .map(f64::log10)
            .collect();
        let first = logs.iter().copied().reduce(f64::min)?.floor();
        let last = logs.iter().copied().reduce(f64::max)?.ceil();
        let last = last.max(first + 1.0);
        Some(Self { first, last })
    }

    /// Returns where a value lies, from 0 to 1.
    fn share(self, value: f64) -> f64 {
        (value.log10() - self.first) / (self.last - self.first)
    }

    /// Returns the powers of ten on the axis.
    fn ticks(self) -> impl Iterator<Item = f64> {
        let step = |power: &f64| Some(power + 1.0);
        let powers = std::iter::successors(Some(self.first), step);
        powers
            .take_while(move |power| *power <= self.last)
            .map(|power| 10_f64.powf(power))
    }
}

/// Draws the lines; `None` without figures.
pub fn draw(results: &Results, plot: Plot, axis: &str) -> Option<String> {
    let lines = lines_of(results, plot.key);
    let points = || lines.iter().flat_map(|(_, points)| points);
    let x_axis = Axis::around(points().map(|(x, _)| *x))?;
    let y_axis = Axis::around(points().map(|(_, y)| *y))?;
    let x = |value: f64| LEFT + (RIGHT - LEFT) * x_axis.share(value);
    let y = |value: f64| BOTTOM - (BOTTOM - TOP) * y_axis.share(value);
    let mut content = text(0.0, 20.0, "font-weight=\"600\"", plot.heading);
    for tick in y_axis.ticks() {
        content.push_str(&rule(LEFT, y(tick), RIGHT, y(tick)));
        let place = "class=\"small\" text-anchor=\"end\"";
        content.push_str(&text(LEFT - 8.0, y(tick) + 4.0, place, &short(tick)));
    }
    for tick in x_axis.ticks() {
        content.push_str(&rule(x(tick), TOP, x(tick), BOTTOM));
        let place = "class=\"small\" text-anchor=\"middle\"";
        content.push_str(&text(x(tick), BOTTOM + 20.0, place, &short(tick)));
    }
    let place = "class=\"small\" text-anchor=\"middle\"";
    content.push_str(&text(
        f64::midpoint(LEFT, RIGHT),
        BOTTOM + 42.0,
        place,
        axis,
    ));
    for (index, ((name, points), class)) in lines.iter().zip(CLASSES).enumerate() {
        let places = points.iter().map(|(px, py)| (x(*px), y(*py)));
        content.push_str(&line(&places.collect::<Vec<_>>(), class));
        let at = LEGEND + LEGEND_STEP * index as f64;
        content.push_str(&dot(at, 15.0, class));
        content.push_str(&text(at + 10.0, 20.0, "", name));
    }
    Some(picture(HEIGHT, results.case.title, &content))
}

/// The points of each line, in the order of the rows.
type Lines = Vec<(&'static str, Vec<(f64, f64)>)>;

fn lines_of(results: &Results, key: &str) -> Lines {
    let mut lines = Lines::new();
    for (index, row) in results.case.rows.iter().enumerate() {
        let Some(((name, x), y)) = row.point.zip(results.median(index, key)) else {
            continue;
        };
        match lines.iter_mut().find(|(known, _)| *known == name) {
            Some((_, points)) => points.push((x, y)),
            None => lines.push((name, vec![(x, y)])),
        }
    }
    lines
}

fn rule(x1: f64, y1: f64, x2: f64, y2: f64) -> String {
    format!("<line class=\"grid\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>\n")
}

fn line(points: &[(f64, f64)], class: &str) -> String {
    let list: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    let list = list.join(" ");
    let dots: String = points.iter().map(|(x, y)| dot(*x, *y, class)).collect();
    format!("<polyline class=\"line {class}\" points=\"{list}\"/>\n{dots}")
}

fn dot(x: f64, y: f64, class: &str) -> String {
    format!("<circle class=\"dot {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>\n")
}
