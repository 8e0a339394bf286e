//! Writes every page to a folder, to be looked at:
//! `GALLERY=/tmp/gallery cargo test --lib gallery -- --ignored`.

use std::fs;
use std::path::PathBuf;

use super::tests::{frame, pages};
use super::*;

#[test]
#[ignore = "writes files for people to look at"]
fn every_page_is_written_to_a_folder() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the person who runs this names the folder"
    )]
    let folder = PathBuf::from(std::env::var_os("GALLERY").expect("GALLERY names a folder"));
    let pages = pages();
    for language in pages.languages().all() {
        let folder = folder.join(language.tag());
        fs::create_dir_all(&folder).unwrap();
        for sandbox in [None, Some("http://127.0.0.1:3001/sandbox")] {
            let frame = Frame {
                sandbox,
                ..frame(language)
            };
            for (name, page) in pages.samples(&frame) {
                let kind = if sandbox.is_some() { "-sandbox" } else { "" };
                fs::write(folder.join(format!("{name}{kind}.html")), page.unwrap()).unwrap();
            }
        }
    }
}
