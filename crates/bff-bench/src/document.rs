//! Writes tables and plots into `docs/performance.md`, between markers, so that the text around them is kept.

use std::fs;
use std::path::PathBuf;

use crate::failure::{Failure, Outcome};
use crate::machine::Machine;
use crate::plot;
use crate::results::Results;
use crate::table::Table;
use crate::targets;

/// The folder of the documents.
fn docs() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"))
}

/// Writes the results of these cases, and the machine.
///
/// # Errors
/// [`Failure`] when a marker is missing or a file cannot be written.
pub fn write(results: &[Results], machine: &Machine, settings: &str) -> Outcome<()> {
    let file = docs().join("performance.md");
    let mut text = fs::read_to_string(&file)?;
    text = replace(&text, "machine", &machine.to_markdown())?;
    let targets = targets::table(results, &text);
    text = replace(&text, "targets", &targets)?;
    let plots = docs().join("performance");
    fs::create_dir_all(&plots)?;
    for results in results {
        let name = results.case.name;
        let mut section = section(results, machine, settings);
        if let Some(svg) = plot::of(results) {
            fs::write(plots.join(format!("{name}.svg")), svg)?;
            let title = results.case.title;
            section.push_str(&format!("\n![{title}](performance/{name}.svg)\n"));
        }
        text = replace(&text, name, &section)?;
    }
    fs::write(file, text)?;
    Ok(())
}

fn section(results: &Results, machine: &Machine, settings: &str) -> String {
    let case = &results.case;
    let Machine { date, model, .. } = machine;
    let (samples, disturbed) = results.counts();
    format!(
        "### {}\n\n{}\n\n{}\n{date}, {model}, {settings}; {samples} samples, {disturbed} of them disturbed.\n",
        case.title,
        case.about,
        Table::new(results).to_markdown(),
    )
}

/// Replaces what stands between the markers of `name`.
fn replace(text: &str, name: &str, content: &str) -> Outcome<String> {
    let (begin, end) = (
        format!("<!-- bench: {name} -->\n"),
        format!("<!-- end: {name} -->"),
    );
    let parts = text.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some(format!("{before}{begin}{content}{end}{after}"))
    });
    let missing = format!(
        "docs/performance.md: missing marker; write {}{end} where the table belongs",
        begin.trim_end()
    );
    parts.ok_or_else(|| Failure::new(missing))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::results::tests::example;

    #[test]
    fn the_text_around_the_markers_is_kept() {
        let text = "before\n<!-- bench: a -->\nold\n<!-- end: a -->\nafter\n";
        let expected = "before\n<!-- bench: a -->\nnew\n<!-- end: a -->\nafter\n";
        assert_eq!(replace(text, "a", "new\n").ok().as_deref(), Some(expected));
    }

    #[test]
    fn a_missing_marker_is_named() {
        let failure = replace("text", "login", "").expect_err("there is none");
        assert!(failure.to_string().contains("<!-- bench: login -->"));
    }

    #[test]
    fn every_case_has_a_place_in_the_document() {
        let text = fs::read_to_string(docs().join("performance.md")).expect("the document");
        for case in crate::cases::all("program") {
            assert!(replace(&text, case.name, "").is_ok(), "{}", case.name);
        }
        assert!(replace(&text, "machine", "").is_ok());
    }

    #[test]
    fn a_section_says_when_and_how_it_was_measured() {
        let machine = Machine {
            date: "2026-01-31".to_owned(),
            model: "A processor".to_owned(),
            ..Machine::look(Path::new(""))
        };
        let text = section(&example(), &machine, "3 rounds of 5 s");
        assert!(text.starts_with("### An example\n"));
        let line = "2026-01-31, A processor, 3 rounds of 5 s; 4 samples, 2 of them disturbed.";
        assert!(text.contains(line), "{text}");
    }
}
