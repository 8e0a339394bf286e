//! [`Results`]: the samples of one case, and what follows from them: medians of undisturbed samples, and ratios to nginx.

use serde_json::{Value, json};

use crate::case::{Case, Row};
use crate::sample::Sample;
use crate::statistics::Spread;

/// Largest share of time that other processes may take in a sample that counts as undisturbed.
pub const DISTURBED: f64 = 0.05;

/// The samples of one case, by the rows of the case.
pub struct Results {
    /// The case.
    pub case: Case,
    samples: Vec<Vec<Sample>>,
    failures: Vec<String>,
}

impl Results {
    /// Makes results without samples.
    pub fn new(case: Case) -> Self {
        let samples = case.rows.iter().map(|_| Vec::new()).collect();
        Self {
            case,
            samples,
            failures: Vec::new(),
        }
    }

    /// Adds a sample of a row.
    pub fn add(&mut self, row: usize, sample: Sample) {
        if let Some(samples) = self.samples.get_mut(row) {
            samples.push(sample);
        }
    }

    /// Notes that a measurement of a row failed.
    pub fn fail(&mut self, row: usize, what: &str) {
        let label = self.case.rows.get(row).map_or("", |row| &row.label);
        self.failures.push(format!("{label}: {what}"));
    }

    /// Returns whether a measurement failed.
    pub fn have_failures(&self) -> bool {
        !self.failures.is_empty()
    }

    /// Returns the number of samples, and how many of them were disturbed.
    pub fn counts(&self) -> (usize, usize) {
        let all = self.samples.iter().flatten();
        let disturbed = all.clone().filter(|sample| is_disturbed(sample));
        (all.count(), disturbed.count())
    }

    /// Returns whether the figures of a row come from disturbed samples, because it has no other.
    pub fn is_disturbed(&self, row: usize) -> bool {
        let samples = self.samples.get(row);
        samples.is_some_and(|samples| !samples.is_empty() && samples.iter().all(is_disturbed))
    }

    /// Returns the spread of a figure over the undisturbed samples of a row, or over all of them when every one was disturbed.
    pub fn spread(&self, row: usize, key: &str) -> Option<Spread> {
        let all = self.is_disturbed(row);
        let samples = self.samples.get(row)?.iter();
        let counted = samples.filter(|sample| all || !is_disturbed(sample));
        Spread::new(counted.filter_map(|sample| sample.figures.get(key).copied()))
    }

    /// Returns the median of a figure.
    pub fn median(&self, row: usize, key: &str) -> Option<f64> {
        Some(self.spread(row, key)?.median)
    }

    /// Returns the case's ratio figure of a row, divided by that of the row that it is compared with.
    pub fn ratio(&self, row: usize) -> Option<f64> {
        let (key, rows) = (self.case.ratio?, &self.case.rows);
        let reference = &rows.get(row)?.reference;
        let reference = rows.iter().position(|row| row.label == *reference)?;
        Some(self.median(row, key)? / self.median(reference, key)?)
    }

    /// Returns everything as JSON.
    pub fn to_json(&self) -> Value {
        let rows = self.case.rows.iter().zip(&self.samples);
        let rows: Vec<Value> = rows
            .map(|(row, samples)| row_to_json(row, samples))
            .collect();
        json!({"case": self.case.name, "title": self.case.title, "rows": rows, "failures": self.failures})
    }
}

fn row_to_json(row: &Row, samples: &[Sample]) -> Value {
    let samples: Vec<Value> = samples
        .iter()
        .map(|sample| {
            json!({"figures": sample.figures, "foreign": sample.foreign, "disturbed": is_disturbed(sample)})
        })
        .collect();
    json!({"label": row.label, "samples": samples})
}

/// Returns whether other processes took so much time that the figures are worth little.
pub fn is_disturbed(sample: &Sample) -> bool {
    sample.foreign > DISTURBED
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::case::{Column, NGINX, Plot};
    use crate::sample::Figures;

    /// Returns results with two rows: 20 and 40 µs beside 10 µs of nginx, and one disturbed sample.
    pub fn example() -> Results {
        let row = |label: &str| Row::new(label, |_: &crate::bench::Bench| Ok(Sample::default()));
        let mut results = Results::new(Case {
            name: "example",
            title: "An example",
            about: "It shows <how>.",
            is_quick: true,
            most_rounds: 3,
            subject: "server",
            columns: vec![Column::spread("cpu", "CPU µs", 1)],
            ratio: Some("cpu"),
            plot: Some(Plot {
                key: "cpu",
                heading: "CPU µs",
                axis: None,
            }),
            rows: vec![row("program & co"), row(NGINX)],
        });
        for (row, cpu, foreign) in [
            (0, 20.0, 0.0),
            (0, 99.0, 0.5),
            (0, 40.0, 0.01),
            (1, 10.0, 0.9),
        ] {
            let figures = Figures::from([("cpu", cpu)]);
            results.add(row, Sample { figures, foreign });
        }
        results
    }

    #[test]
    fn a_disturbed_sample_counts_only_where_there_is_no_other() {
        let results = example();
        assert_eq!(results.counts(), (4, 2));
        assert_eq!(results.median(0, "cpu"), Some(30.0));
        assert!(!results.is_disturbed(0));
        assert_eq!(results.median(1, "cpu"), Some(10.0));
        assert!(results.is_disturbed(1));
    }

    #[test]
    fn a_ratio_compares_the_medians_with_those_of_nginx() {
        let results = example();
        assert_eq!(results.ratio(0), Some(3.0));
        assert_eq!(results.ratio(1), Some(1.0));
        assert_eq!(results.median(0, "missing"), None);
    }

    #[test]
    fn the_json_has_every_sample() {
        let json = example().to_json();
        assert_eq!(json["rows"][0]["samples"].as_array().map(Vec::len), Some(3));
        assert_eq!(json["rows"][0]["samples"][1]["disturbed"], true);
    }
}
