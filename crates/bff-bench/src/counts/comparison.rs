//! [`Comparison`]: the counts of a run beside a baseline, and whether they are within it.

use std::collections::BTreeSet;

use super::baseline::Baseline;
use crate::number::number;

/// How much a count may exceed its baseline, in percent. Changes of the layout of the code stay below it, and it is the smallest increase
/// that is worth a look.
const SLACK: f64 = 3.0;

/// A baseline and the counts of a run.
pub struct Comparison {
    lines: Vec<Line>,
    /// The conditions that differ, each with both values.
    differences: Vec<String>,
}

/// One path.
struct Line {
    name: String,
    baseline: Option<u64>,
    now: Option<u64>,
}

/// The result.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No path is over its baseline.
    Within,
    /// The baseline is from other conditions, for this reason.
    NotCompared(String),
    /// Paths are over their baselines, or have none: what to do, for each.
    Over(String),
}

impl Comparison {
    /// Compares a run with a baseline.
    pub fn new(baseline: &Baseline, now: &Baseline) -> Self {
        let names: BTreeSet<&String> = baseline.counts.keys().chain(now.counts.keys()).collect();
        let lines = names.into_iter().map(|name| Line {
            name: name.clone(),
            baseline: baseline.counts.get(name).copied(),
            now: now.counts.get(name).copied(),
        });
        Self {
            lines: lines.collect(),
            differences: differences(baseline, now),
        }
    }

    /// Returns the rows of a table, headings first. `title` returns the request of a path.
    pub fn rows(&self, title: impl Fn(&str) -> &'static str) -> Vec<Vec<String>> {
        let headings = ["path", "request", "baseline", "now", "change"].map(str::to_owned);
        let rows = self.lines.iter().map(|line| {
            let request = title(&line.name).to_owned();
            let show = |count: Option<u64>| {
                count.map_or_else(|| "-".to_owned(), |count| number(count as f64, 0))
            };
            let change = line
                .change()
                .map_or_else(|| "-".to_owned(), |change| format!("{change:+.1} %"));
            vec![
                line.name.clone(),
                request,
                show(line.baseline),
                show(line.now),
                change,
            ]
        });
        std::iter::once(headings.to_vec()).chain(rows).collect()
    }

    /// Returns the result.
    pub fn verdict(&self) -> Verdict {
        if !self.differences.is_empty() {
            return Verdict::NotCompared(self.differences.join("; "));
        }
        let faults: Vec<String> = self.lines.iter().filter_map(Line::fault).collect();
        if faults.is_empty() {
            Verdict::Within
        } else {
            Verdict::Over(faults.join("\n"))
        }
    }
}

/// Returns the conditions of the baseline that this run does not have. An empty baseline has none, so that its paths are missing.
fn differences(baseline: &Baseline, now: &Baseline) -> Vec<String> {
    let values = baseline.conditions.iter().map(|(name, before)| {
        let value = now.conditions.get(name).map_or("", String::as_str);
        (name, before, value)
    });
    let differences = values.filter(|(_, before, value)| before != value);
    differences
        .map(|(name, before, value)| {
            format!("{name} is \"{value}\" and was \"{before}\" when the baseline was written")
        })
        .collect()
}

impl Line {
    /// Returns the change from the baseline in percent.
    fn change(&self) -> Option<f64> {
        let (baseline, now) = (self.baseline? as f64, self.now? as f64);
        Some((now - baseline) * 100.0 / baseline)
    }

    fn fault(&self) -> Option<String> {
        let name = &self.name;
        match (self.baseline, self.now) {
            (None, _) => Some(format!(
                "{name}: missing in the baseline; run just counts --write"
            )),
            (_, None) => Some(format!(
                "{name}: in the baseline, but not counted; run just counts --write"
            )),
            _ => {
                let change = self.change().filter(|change| *change > SLACK)?;
                Some(format!(
                    "{name}: {change:.1} % over its baseline, more than {SLACK} %; just counts --profile {name} shows the functions"
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn run(compiler: &str, counts: &[(&str, u64)]) -> Baseline {
        let counts = counts
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count));
        Baseline {
            conditions: BTreeMap::from([("compiler".to_owned(), compiler.to_owned())]),
            counts: counts.collect(),
        }
    }

    fn verdict(baseline: &Baseline, now: &Baseline) -> Verdict {
        Comparison::new(baseline, now).verdict()
    }

    #[test]
    fn three_percent_more_is_within_and_a_little_more_is_over() {
        let baseline = run("1", &[("a", 100_000), ("b", 100_000)]);
        let within = run("1", &[("a", 103_000), ("b", 50_000)]);
        assert_eq!(verdict(&baseline, &within), Verdict::Within);
        let over = run("1", &[("a", 103_100), ("b", 50_000)]);
        let Verdict::Over(faults) = verdict(&baseline, &over) else {
            panic!("a is over its baseline");
        };
        assert_eq!(
            faults,
            "a: 3.1 % over its baseline, more than 3 %; just counts --profile a shows the functions"
        );
    }

    #[test]
    fn a_path_that_only_one_side_has_is_refused() {
        let (one, both) = (run("1", &[("a", 1)]), run("1", &[("a", 1), ("b", 1)]));
        for (baseline, now) in [(&one, &both), (&both, &one)] {
            let Verdict::Over(faults) = verdict(baseline, now) else {
                panic!("b is missing");
            };
            assert!(faults.starts_with("b: "), "{faults}");
        }
    }

    #[test]
    fn every_path_is_missing_in_an_empty_baseline() {
        let verdict = verdict(&Baseline::default(), &run("1", &[("a", 1)]));
        let fault = "a: missing in the baseline; run just counts --write";
        assert_eq!(verdict, Verdict::Over(fault.to_owned()));
    }

    #[test]
    fn counts_of_another_compiler_are_shown_and_not_compared() {
        let comparison = Comparison::new(&run("1", &[("a", 1_000)]), &run("2", &[("a", 2_000)]));
        let reason = r#"compiler is "2" and was "1" when the baseline was written"#.to_owned();
        assert_eq!(comparison.verdict(), Verdict::NotCompared(reason));
        let rows = comparison.rows(|_| "GET /");
        assert_eq!(
            rows.last().map(|row| row.join("|")).as_deref(),
            Some("a|GET /|1,000|2,000|+100.0 %")
        );
    }
}
