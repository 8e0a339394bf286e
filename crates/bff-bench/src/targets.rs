//! The targets of the program, beside the figures of a run.

use crate::number::number;
use crate::results::Results;

/// What a target bounds.
enum Measure {
    /// The ratio to nginx of the row whose label contains this text.
    Ratio(&'static str),
    /// The median of a figure of the row whose label contains this text.
    Median(&'static str, &'static str),
    /// The median of a figure of the last row, divided by that of the first.
    Growth(&'static str),
    /// The ratio figure of the first row, divided by that of the same row of another case.
    TimesCase(&'static str),
}

struct Target {
    case: &'static str,
    what: &'static str,
    measure: Measure,
    is_least: bool,
    bound: f64,
    unit: &'static str,
}

const fn most(case: &'static str, what: &'static str, measure: Measure, bound: f64) -> Target {
    Target {
        case,
        what,
        measure,
        is_least: false,
        bound,
        unit: "",
    }
}

/// Returns all targets.
fn all() -> Vec<Target> {
    use Measure::{Growth, Median, Ratio, TimesCase};
    vec![
        most(
            "userinfo",
            "CPU of a signed-in call, × nginx",
            Ratio(""),
            1.6,
        ),
        most(
            "stores",
            "the same with Redis, × nginx",
            Ratio("Redis"),
            2.5,
        ),
        most(
            "one-connection",
            "CPU of a call over one connection, × nginx",
            Ratio(""),
            1.7,
        ),
        most(
            "page-signed-out",
            "CPU of the page, signed out, × a file of nginx",
            Ratio(""),
            1.0,
        ),
        most(
            "page-signed-in",
            "CPU of the page, signed in, × the call",
            TimesCase("userinfo"),
            1.6,
        ),
        Target {
            unit: " µs",
            ..most("login", "CPU of a login", Median("", "cpu"), 150.0)
        },
        Target {
            is_least: true,
            ..most(
                "login",
                "durable logins a second, one processor",
                Median("", "per_second"),
                4_000.0,
            )
        },
        Target {
            unit: " ms",
            ..most(
                "start",
                "start with 100,000 sessions stored",
                Median("100,000", "start"),
                20.0,
            )
        },
        Target {
            unit: " MiB",
            ..most(
                "memory",
                "memory with 10,000 sessions",
                Median("", "many"),
                25.0,
            )
        },
        most(
            "sessions",
            "CPU of a call, most sessions ÷ fewest",
            Growth("cpu"),
            1.1,
        ),
        Target {
            unit: " MiB",
            ..most(
                "sessions",
                "memory with 1,000,000 sessions stored",
                Median("1,000,000", "memory"),
                300.0,
            )
        },
    ]
}

/// Returns the table of the targets. A target whose case is not in `results` keeps its row of `former`, the table of an earlier run.
pub fn table(results: &[Results], former: &str) -> String {
    let kept = |target: &Target| {
        let begin = format!("| {} |", target.what);
        let line = former.lines().find(|line| line.starts_with(&begin))?;
        Some(format!("{line}\n"))
    };
    let rows: String = all()
        .iter()
        .filter_map(|target| match figure(results, target) {
            Some(figure) => Some(row(target, figure)),
            None => kept(target),
        })
        .collect();
    format!("| target | bound | measured | met | case |\n|---|---:|---:|---|---|\n{rows}")
}

fn row(target: &Target, figure: f64) -> String {
    let Target {
        what, case, unit, ..
    } = target;
    let (sign, is_met) = if target.is_least {
        ("≥", figure >= target.bound)
    } else {
        ("≤", figure <= target.bound)
    };
    let show = |value: f64| number(value, if value >= 100.0 { 0 } else { 2 });
    let met = if is_met { "yes" } else { "**no**" };
    let (bound, figure) = (show(target.bound), show(figure));
    format!("| {what} | {sign} {bound}{unit} | {figure}{unit} | {met} | `{case}` |\n")
}

fn figure(all: &[Results], target: &Target) -> Option<f64> {
    let of_case = |name: &str| all.iter().find(|results| results.case.name == name);
    let results = of_case(target.case)?;
    let rows = &results.case.rows;
    let row_with = |text: &str| rows.iter().position(|row| row.label.contains(text));
    match target.measure {
        Measure::Ratio(text) => results.ratio(row_with(text)?),
        Measure::Median(text, key) => results.median(row_with(text)?, key),
        Measure::Growth(key) => {
            Some(results.median(rows.len().checked_sub(1)?, key)? / results.median(0, key)?)
        }
        Measure::TimesCase(other) => {
            Some(results.median(0, "cpu")? / of_case(other)?.median(0, "cpu")?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_at_its_bound_meets_the_target() {
        let target = most("login", "CPU", Measure::Ratio(""), 1.6);
        assert_eq!(
            row(&target, 1.6),
            "| CPU | ≤ 1.60 | 1.60 | yes | `login` |\n"
        );
        assert!(row(&target, 1.61).contains("**no**"));
        let target = Target {
            is_least: true,
            ..target
        };
        assert!(row(&target, 1.59).contains("**no**"));
    }

    #[test]
    fn every_target_names_a_case() {
        let cases = crate::cases::all("program");
        for target in all() {
            assert!(
                cases.iter().any(|case| case.name == target.case),
                "{}",
                target.case
            );
        }
        assert!(table(&[], "").ends_with("|---|\n"));
    }

    #[test]
    fn a_target_without_a_new_figure_keeps_its_row() {
        let kept = row(&all()[0], 1.5);
        let former = format!("| target |\n{kept}| another | ≤ 1 |\n");
        assert!(table(&[], &former).ends_with(&format!("|---|\n{kept}")));
    }
}
