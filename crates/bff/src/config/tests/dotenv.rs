//! Tests of the parser of `.env`.

use crate::config::dotenv::parse;

#[test]
fn assignments_are_read() {
    for (line, value) in [
        ("A=b", "b"),
        ("A=", ""),
        (" A = b ", "b"),
        ("export A=b", "b"),
        ("A=b c", "b c"),
        ("A=b=c==", "b=c=="),
        ("A=b # comment", "b"),
        ("A=# comment", ""),
        ("A=b#c", "b#c"),
        ("A='b # c'", "b # c"),
        ("A='b\\n'", "b\\n"),
        ("A=\"b # c\" # comment", "b # c"),
        ("A=\"b\\\"c\\\\d\\ne\\tf\"", "b\"c\\d\ne\\tf"),
        ("A=\"\"", ""),
        ("A=密碼", "密碼"),
    ] {
        let (variables, bad_lines) = parse(line);
        assert_eq!(
            variables.get("A").map(String::as_str),
            Some(value),
            "{line}"
        );
        assert!(bad_lines.is_empty(), "{line}");
    }
}

#[test]
fn other_lines_are_counted() {
    let (variables, bad_lines) = parse(
        "\u{feff}# comment\n\nA=1\nno assignment\n=x\n1A=x\nA-B=x\nC='open\nD='a'b\nE=\"\\\nA=2\r\n",
    );
    assert_eq!(bad_lines, [4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(variables.len(), 1);
    assert_eq!(variables["A"], "2", "the last one wins");
}
