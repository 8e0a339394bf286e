//! Plots as SVG, in light or dark colours as the reader prefers.

mod bars;
mod lines;
mod svg;

use crate::case::Plot;
use crate::results::Results;

/// Returns the plot of a case; `None` when it has none, or no figure.
pub fn of(results: &Results) -> Option<String> {
    let plot: Plot = results.case.plot?;
    match plot.axis {
        None => bars::draw(results, plot),
        Some(axis) => lines::draw(results, plot, axis),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Bench;
    use crate::case::Row;
    use crate::results::tests::example;
    use crate::sample::{Figures, Sample};

    #[test]
    fn bars_have_the_length_of_their_figures_and_escaped_labels() {
        let svg = of(&example()).expect("the example has figures");
        assert!(svg.contains("program &amp; co"), "{svg}");
        assert!(svg.contains("prefers-color-scheme: dark"));
        // 30 and 10 µs.
        let widths = widths(&svg);
        assert_eq!(widths.len(), 2);
        assert!((widths[0] / widths[1] - 3.0).abs() < 0.01, "{widths:?}");
    }

    fn widths(svg: &str) -> Vec<f64> {
        let bars = svg.lines().filter(|line| line.contains("class=\"bar"));
        let width = |line: &str| {
            line.split("width=\"")
                .nth(1)?
                .split('"')
                .next()?
                .parse()
                .ok()
        };
        bars.filter_map(width).collect()
    }

    #[test]
    fn a_line_goes_through_its_points_on_logarithmic_axes() {
        let mut results = example();
        results.case.plot = results.case.plot.map(|plot| Plot {
            axis: Some("bytes"),
            ..plot
        });
        let row = |x| Row::new("", |_: &Bench| Ok(Sample::default())).at("program", x);
        let mut lines = crate::results::Results::new(crate::case::Case {
            rows: vec![row(10.0), row(100.0), row(1_000.0)],
            ..results.case
        });
        for (index, cpu) in [1.0, 10.0, 100.0].into_iter().enumerate() {
            let figures = Figures::from([("cpu", cpu)]);
            lines.add(
                index,
                Sample {
                    figures,
                    foreign: 0.0,
                },
            );
        }
        let svg = of(&lines).expect("three points");
        let points = svg
            .split("points=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let points: Vec<(f64, f64)> = points
            .expect("a line")
            .split(' ')
            .filter_map(|point| {
                let (x, y) = point.split_once(',')?;
                Some((x.parse().ok()?, y.parse().ok()?))
            })
            .collect();
        let [first, middle, last] = points[..] else {
            panic!("three points: {points:?}");
        };
        let halfway = |a: f64, b: f64, c: f64| (f64::midpoint(a, c) - b).abs() < 0.2;
        assert!(halfway(first.0, middle.0, last.0) && first.0 < last.0);
        assert!(halfway(first.1, middle.1, last.1) && first.1 > last.1);
    }

    #[test]
    fn a_case_without_figures_has_no_plot() {
        let mut results = example();
        results.case.plot = None;
        assert_eq!(of(&results), None);
        let empty = crate::results::Results::new(example().case);
        assert_eq!(of(&empty), None);
    }
}
