//! The text format 0.0.4 of Prometheus, for scrapers that do not accept OpenMetrics.
//!
//! The two formats differ here only in the name of a counter's family, which has `_total` in 0.0.4, in the comment `# UNIT`, and in the end.

/// Rewrites OpenMetrics text as text of the format 0.0.4.
pub(super) fn from_open_metrics(text: &str) -> String {
    let mut rewritten = String::with_capacity(text.len() + 512);
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(help) = line.strip_prefix("# HELP ") else {
            if !line.starts_with("# UNIT ") && line != "# EOF" {
                let words: Vec<&str> = line.split(' ').collect();
                match words[..] {
                    ["#", "TYPE", name, "counter"] => {
                        push(&mut rewritten, &["# TYPE ", name, "_total counter"]);
                    }
                    _ => push(&mut rewritten, &[line]),
                }
            }
            continue;
        };
        let (name, help) = help.split_once(' ').unwrap_or((help, ""));
        let is_counter = lines.peek().is_some_and(|next| {
            let kind = next
                .strip_prefix("# TYPE ")
                .and_then(|next| next.strip_prefix(name));
            kind == Some(" counter")
        });
        let total = if is_counter { "_total" } else { "" };
        push(&mut rewritten, &["# HELP ", name, total, " ", help]);
    }
    rewritten
}

fn push(text: &mut String, parts: &[&str]) {
    text.extend(parts.iter().copied());
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_get_their_suffix_and_other_metrics_stay() {
        let open_metrics = "\
# HELP a_requests Requests to all.
# TYPE a_requests counter
a_requests_total{route=\"/ # TYPE x counter\"} 2
# HELP a_seconds Time.
# TYPE a_seconds histogram
# UNIT a_seconds seconds
a_seconds_bucket{le=\"+Inf\"} 1
# EOF
";
        let expected = "\
# HELP a_requests_total Requests to all.
# TYPE a_requests_total counter
a_requests_total{route=\"/ # TYPE x counter\"} 2
# HELP a_seconds Time.
# TYPE a_seconds histogram
a_seconds_bucket{le=\"+Inf\"} 1
";
        assert_eq!(from_open_metrics(open_metrics), expected);
    }
}
