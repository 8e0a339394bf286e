//! Reads the steps of a document and does them in a folder. A step is a line such as "Write `FILE`:" with a block of code below it. A step that no
//! longer finds its place fails with the step and the place.

use std::fs;
use std::path::Path;

/// A document with its name.
pub struct Document {
    name: &'static str,
    text: String,
}

/// One step: the line with the instruction, and the block below it.
struct Step {
    instruction: String,
    block: String,
}

impl Document {
    pub fn read(top: &Path, name: &'static str) -> Self {
        let text = fs::read_to_string(top.join(name)).expect("a document");
        Self { name, text }
    }

    /// Does every step, in the order of the document. Returns the number of steps.
    pub fn follow(&self, top: &Path) -> usize {
        self.follow_lines(self.text.lines(), top)
    }

    /// Does the steps below this heading, up to the next heading.
    pub fn follow_section(&self, heading: &str, top: &Path) {
        let is_heading = |line: &&str| line.starts_with("## ") || line.starts_with("### ");
        let lines = self.text.lines().skip_while(|line| *line != heading);
        let lines = lines.skip(1).take_while(|line| !is_heading(line));
        let steps = self.follow_lines(lines, top);
        assert!(steps > 0, "{}: no step below \"{heading}\"", self.name);
    }

    fn follow_lines<'a>(&self, lines: impl Iterator<Item = &'a str>, top: &Path) -> usize {
        let steps = steps(lines);
        for step in &steps {
            if let Err(why) = step.take(top) {
                panic!("{}: \"{}\": {why}", self.name, step.instruction);
            }
        }
        steps.len()
    }
}

/// The instructions, by how they begin.
const WITH_BLOCK: [&str; 5] = [
    "Write `",
    "Add to the end of `",
    "Add below `",
    "Replace `",
    "Remove from `",
];
const DELETE: &str = "Delete `";
const DELETE_TEXT: &str = "Delete the text `";

fn steps<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = lines.peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            lines.by_ref().find(|line| *line == "```");
        } else if WITH_BLOCK.iter().any(|begin| line.starts_with(begin)) && line.ends_with(':') {
            lines.next_if(|line| line.is_empty());
            let opening = lines.next().unwrap_or_default();
            assert!(opening.starts_with("```"), "no block below \"{line}\"");
            let block = lines.by_ref().take_while(|line| *line != "```");
            steps.push(Step {
                instruction: line.to_owned(),
                block: block.map(|line| format!("{line}\n")).collect(),
            });
        } else if line.starts_with(DELETE) || line.starts_with(DELETE_TEXT) {
            steps.push(Step {
                instruction: line.to_owned(),
                block: String::new(),
            });
        }
    }
    steps
}

impl Step {
    fn take(&self, top: &Path) -> Result<(), String> {
        let names: Vec<&str> = self.instruction.split('`').skip(1).step_by(2).collect();
        let begins = |begin: &str| self.instruction.starts_with(begin);
        if begins(DELETE) {
            return names.iter().try_for_each(|name| delete(top, name));
        }
        if begins(DELETE_TEXT) {
            let (id, files) = names.split_first().ok_or("it names no text")?;
            return files
                .iter()
                .try_for_each(|file| edit(top, file, &line_of(top, file, id)?, ""));
        }
        match names[..] {
            [file] if begins("Write `") => write(top, file, &self.block),
            [file] if begins("Add to the end") => {
                let text = read(top, file)? + &self.block;
                write(top, file, &text)
            }
            [file] => edit(top, file, &self.block, ""),
            [line, file] if begins("Add below") => {
                let line = whole_line(top, file, line)?;
                edit(top, file, &line, &format!("{line}{}", self.block))
            }
            [line, file] => {
                let line = whole_line(top, file, line)?;
                edit(top, file, &line, &self.block)
            }
            _ => Err("it names no file".to_owned()),
        }
    }
}

/// Replaces a text that is in the file once.
pub fn edit(top: &Path, file: &str, old: &str, new: &str) -> Result<(), String> {
    let text = read(top, file)?;
    match text.matches(old).count() {
        1 => write(top, file, &text.replacen(old, new, 1)),
        count => Err(format!(
            "{file} has this text {count} times, not once:\n{old}"
        )),
    }
}

/// Returns the only line of the file that is this text, with its indentation and its end.
pub fn whole_line(top: &Path, file: &str, wanted: &str) -> Result<String, String> {
    let text = read(top, file)?;
    let mut found = text.lines().filter(|line| line.trim() == wanted.trim());
    match (found.next(), found.next()) {
        (Some(line), None) => Ok(format!("{line}\n")),
        (None, _) => Err(format!("{file} has no line `{wanted}`")),
        _ => Err(format!("{file} has more than one line `{wanted}`")),
    }
}

/// Returns the line of the text with this id, in a file of texts.
pub fn line_of(top: &Path, file: &str, id: &str) -> Result<String, String> {
    let text = read(top, file)?;
    let begin = format!("{id} = ");
    let line = text.lines().find(|line| line.starts_with(&begin));
    line.map(|line| format!("{line}\n"))
        .ok_or(format!("{file} has no text `{id}`"))
}

pub fn read(top: &Path, file: &str) -> Result<String, String> {
    fs::read_to_string(top.join(file)).map_err(|error| format!("{file}: {error}"))
}

pub fn write(top: &Path, file: &str, text: &str) -> Result<(), String> {
    let path = top.join(file);
    let folder = path.parent().expect("a file is in a folder");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, text))
        .map_err(|error| format!("{file}: {error}"))
}

fn delete(top: &Path, file: &str) -> Result<(), String> {
    fs::remove_file(top.join(file)).map_err(|error| format!("{file}: {error}"))
}
