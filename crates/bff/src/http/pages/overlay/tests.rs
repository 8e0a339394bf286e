//! What is read of a folder, and what is refused.

use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

fn write(folder: &TempDir, path: &str, text: &[u8]) {
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn opened(folder: &TempDir, is_hot: bool) -> Result<Overlay, String> {
    Overlay::open(folder.path().to_str().unwrap(), is_hot).map_err(|error| error.to_string())
}

fn names(overlay: &Overlay) -> Vec<String> {
    overlay.files().unwrap().into_keys().collect()
}

#[test]
fn files_are_found_by_their_paths_and_hidden_ones_are_left_out() {
    let folder = TempDir::new().unwrap();
    for path in [
        "templates/pages/parts/a.html",
        "static/css/app.css",
        ".git/config",
        "static/a.css~",
    ] {
        write(&folder, path, b"x");
    }
    let overlay = opened(&folder, false).unwrap();
    assert_eq!(
        names(&overlay),
        ["static/css/app.css", "templates/pages/parts/a.html"]
    );
    let templates = overlay.files_in("templates").unwrap();
    assert_eq!(templates.keys().collect::<Vec<_>>(), ["pages/parts/a.html"]);
}

#[test]
fn a_link_inside_the_folder_is_followed_and_one_to_the_outside_refused() {
    let (folder, outside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    // As a mounted ConfigMap is laid out.
    write(&folder, "..2026/app.css", b"x");
    symlink("..2026", folder.path().join("..data")).unwrap();
    fs::create_dir_all(folder.path().join("static/css")).unwrap();
    symlink(
        "../../..data/app.css",
        folder.path().join("static/css/app.css"),
    )
    .unwrap();
    assert_eq!(
        names(&opened(&folder, false).unwrap()),
        ["static/css/app.css"]
    );

    write(&outside, "secret.css", b"canary");
    for (link, target) in [
        ("static/secret.css", outside.path().join("secret.css")),
        ("static/all", outside.path().to_owned()),
        ("static/up", "../..".into()),
    ] {
        let link = folder.path().join(link);
        symlink(&target, &link).unwrap();
        let fault = opened(&folder, false).err().expect("it is refused");
        assert!(fault.contains("leads outside the folder"), "{fault}");
        fs::remove_file(link).unwrap();
    }
    symlink("none", folder.path().join("static/broken.css")).unwrap();
    let fault = opened(&folder, false).err().expect("it is refused");
    assert!(
        fault.starts_with("ui.overlay: static/broken.css: cannot be read"),
        "{fault}"
    );
}

#[test]
fn a_circle_of_links_ends() {
    let folder = TempDir::new().unwrap();
    write(&folder, "static/a/x.css", b"x");
    symlink("..", folder.path().join("static/a/again")).unwrap();
    let fault = opened(&folder, false).err().expect("it is refused");
    assert!(fault.contains("too many folders"), "{fault}");
}

#[test]
fn what_is_too_large_or_no_text_or_not_there_is_named() {
    let folder = TempDir::new().unwrap();
    let file = fs::File::create(folder.path().join("large.css")).unwrap();
    file.set_len(LARGEST_FILE + 1).unwrap();
    let fault = opened(&folder, false).err().expect("it is refused");
    assert_eq!(
        fault,
        "ui.overlay: large.css: is larger than 4 MiB; make it smaller"
    );
    fs::remove_file(folder.path().join("large.css")).unwrap();
    write(&folder, "templates/pages/a.html", b"\xff");
    let fault = opened(&folder, false).err().expect("it is refused");
    assert!(
        fault.starts_with("ui.overlay: templates/pages/a.html: is not UTF-8"),
        "{fault}"
    );
    let missing = Overlay::open("/nonexistent/overlay", false)
        .err()
        .unwrap()
        .to_string();
    assert!(
        missing.starts_with("ui.overlay: cannot be opened"),
        "{missing}"
    );
}

#[test]
fn more_files_than_a_look_has_are_refused() {
    let folder = TempDir::new().unwrap();
    for number in 0..=MOST_FILES {
        write(&folder, &format!("static/{number}.css"), b"x");
    }
    let fault = opened(&folder, false).err().expect("it is refused");
    assert!(fault.contains("more than 1000 files"), "{fault}");
}

#[test]
fn a_change_is_seen_in_development_only() {
    let folder = TempDir::new().unwrap();
    write(&folder, "static/a.css", b"x");
    let (fixed, hot) = (
        opened(&folder, false).unwrap(),
        opened(&folder, true).unwrap(),
    );
    write(&folder, "static/b.css", b"x");
    assert_eq!(names(&fixed), ["static/a.css"]);
    assert_eq!(names(&hot), ["static/a.css", "static/b.css"]);
    assert!(hot.is_hot() && !fixed.is_hot());
}
