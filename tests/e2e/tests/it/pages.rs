//! The pages without a browser: what has no document is run, and all of it is checked for its types.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("this package is two folders down")
}

fn passes(command: &mut Command) {
    let output = command.output().expect("node is there");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

fn collect(folder: &Path, end: &str, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, end, files);
        } else if path.to_str().is_some_and(|name| name.ends_with(end)) {
            files.push(path);
        }
    }
}

fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&root().join(folder), end, &mut files);
    assert!(!files.is_empty());
    files
}

#[test]
fn what_has_no_document_does_what_it_says() {
    passes(Command::new("node").arg("--test").args(files("crates/web/tests/pages", ".test.mjs")));
}

#[test]
fn every_page_has_the_types_that_it_says() {
    let provided = std::env::var_os("CAPOS_BROWSER_MODULES").map(PathBuf::from);
    let modules = provided.unwrap_or_else(|| root().join("target/browser-node/node_modules"));
    let compiler = modules.join("typescript/bin/tsc");
    passes(Command::new("node").arg(compiler).arg("--project").arg(root().join("crates/web/pages/tsconfig.json")));
}

#[test]
fn no_page_makes_markup_or_programs_of_text() {
    let forbidden = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "createContextualFragment",
        "DOMParser",
        "eval(",
        "new Function",
        "javascript:",
        "setAttribute('style'",
        "srcdoc",
        "style:",
    ];
    for path in files("crates/web/pages", ".js") {
        let text = std::fs::read_to_string(&path).expect("a page is text");
        for word in forbidden {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn what_is_called_core_knows_no_document() {
    for path in files("crates/web/pages/core", ".js") {
        let text = std::fs::read_to_string(&path).expect("a page is text");
        for word in ["document.", "window.", "localStorage", "sessionStorage", "../ui/"] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}
