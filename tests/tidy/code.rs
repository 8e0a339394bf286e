//! Reads Rust source just far enough for the tidy rules: it leaves out comments and strings, cuts the
//! rest into tokens, and finds the paths that begin at the crate's root. It is no parser, and accepts
//! what does not compile.

use std::collections::BTreeSet;

/// The top-level modules that this code names: by `crate::name`, by `crate::{a::…, b}`, by the
/// crate's own name, or by as many `super::` as lead to the root. `depth` is how deep the file lies.
pub fn roots_named(code: &str, depth: usize) -> BTreeSet<String> {
    names_from(&["crate", "bff"], &[], code, depth)
}

/// The same for the modules below `parent`, such as `["http"]`, of a file that lies in it: by `crate::http::name`, or by as many `super::` as lead
/// to `http`.
pub fn names_below(parent: &[&str], code: &str, depth: usize) -> BTreeSet<String> {
    names_from(&["crate"], parent, code, depth)
}

/// The same, where each of `roots` is a name of the crate's root.
fn names_from(roots: &[&str], parent: &[&str], code: &str, depth: usize) -> BTreeSet<String> {
    let tokens = tokens(code);
    let prefix: Vec<&str> = parent.iter().flat_map(|name| [*name, "::"]).collect();
    let mut found = BTreeSet::new();
    let mut blocks: Vec<bool> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at] {
            "{" => blocks.push(at >= 2 && tokens[at - 2] == "mod"),
            "}" => drop(blocks.pop()),
            // Not `$crate`, which a macro writes for its caller.
            root if roots.contains(&root)
                && tokens.get(at + 1) == Some(&"::")
                && (at == 0 || tokens[at - 1] != "$") =>
            {
                if let Some(inner) = tokens[at + 2..].strip_prefix(&prefix[..]) {
                    collect_heads(inner, &mut found);
                }
            }
            "super" if at == 0 || tokens[at - 1] != "::" => {
                let chain = tokens[at..]
                    .chunks(2)
                    .take_while(|pair| *pair == ["super", "::"])
                    .count();
                let inner = blocks.iter().filter(|is_module| **is_module).count();
                if chain + parent.len() == depth + inner {
                    collect_heads(&tokens[at + 2 * chain..], &mut found);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The first name of each path in what follows `crate::`: one name, or a braced list of paths.
fn collect_heads(tokens: &[&str], found: &mut BTreeSet<String>) {
    if tokens.first() != Some(&"{") {
        found.extend(tokens.first().map(|name| (*name).to_owned()));
        return;
    }
    let (mut depth, mut at_head) = (0, false);
    for token in tokens {
        match *token {
            "{" => (depth, at_head) = (depth + 1, depth == 0),
            "}" if depth == 1 => return,
            "}" => depth -= 1,
            "," => at_head = depth == 1,
            name if at_head => {
                found.insert(name.to_owned());
                at_head = false;
            }
            _ => {}
        }
    }
}

/// The code without the items under `#[cfg(test)]` and without modules named `tests`.
pub fn without_tests(code: &str) -> String {
    let mut left = Vec::new();
    let mut rest = &tokens(code)[..];
    while let Some(token) = rest.first() {
        let starts_a_test = rest.starts_with(CFG_TEST) || rest.starts_with(&["mod", "tests"]);
        if starts_a_test {
            rest = &rest[item_end(rest)..];
        } else {
            left.push(*token);
            rest = &rest[1..];
        }
    }
    left.join(" ")
}

/// The names of the modules that this code declares for tests only: `#[cfg(test)] mod name;`.
pub fn test_modules(code: &str) -> Vec<String> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    for (at, _) in tokens.iter().enumerate() {
        let rest = &tokens[at..];
        if rest.starts_with(CFG_TEST)
            && let [.., "mod", name, ";"] = &rest[..item_end(rest)]
        {
            found.push((*name).to_owned());
        }
    }
    found
}

/// The attribute of what is compiled for tests only.
const CFG_TEST: &[&str] = &["#", "[", "cfg", "(", "test", ")", "]"];

/// The number of tokens up to the end of the first item: its semicolon, or the brace that closes it.
fn item_end(tokens: &[&str]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "{" => depth += 1,
            "}" if depth <= 1 => return at + 1,
            "}" => depth -= 1,
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Names, `::`, and single characters.
pub fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let name = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let end = match name {
            0 if rest.starts_with("::") => 2,
            0 => first.len_utf8(),
            _ => name,
        };
        tokens.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    tokens
}

/// The text without comments and without what stands inside string literals.
pub fn code_only(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            'r' if !ends_in_name(&code) && raw_hashes(rest).is_some() => {
                let close = format!("\"{}", "#".repeat(raw_hashes(rest).unwrap_or(0)));
                let open = rest.find('"').unwrap_or(0) + 1;
                rest[open..]
                    .find(&close)
                    .map_or(rest.len(), |end| open + end + close.len())
            }
            '"' => string_end(rest),
            '\'' if rest.starts_with("'\"'") => 3,
            '\'' if rest.starts_with("'\\") => {
                rest[2..].find('\'').map_or(rest.len(), |end| end + 4)
            }
            _ => {
                code.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
        };
        code.push(' ');
        rest = rest.get(end..).unwrap_or_default();
    }
    code
}

fn ends_in_name(code: &str) -> bool {
    code.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !code.ends_with('b')
}

fn raw_hashes(rest: &str) -> Option<usize> {
    let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
    rest[1 + hashes..].starts_with('"').then_some(hashes)
}

fn string_end(rest: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    rest.len()
}
