//! Puts the pages of `pages/` into the program: compressed, and under the digest of all of them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use ring::digest::{Context, SHA256, digest};

/// The page itself, which is asked for anew each time; every other file has the digest of all in its address.
const PAGE: &str = "index.html";
/// In the page: where the files are, which modules are worth asking for at once, and which once something is shown.
const BUNDLE: &str = "{{bundle}}";
const FIRST: &str = "{{first}}\n";
const LATER: &str = "{{later}}\n";
/// No module: it runs before anything is painted.
const THEME: &str = "theme.js";
/// What it imports is what the first thing to be shown needs.
const MAIN: &str = "main.js";
/// All sheets are sent as one: each would hold up the first picture by itself. These come first, in this order.
const SHEETS: &str = "styles/all.css";
const FIRST_SHEETS: &[&str] = &["styles/themes.css", "styles/base.css", "styles/shell.css"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is")).join("pages");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo says where to write"));
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &root, &mut files)?;
    files.sort();
    let whole = digest_of_all(&root, &files)?;
    let prefix = format!("/bundle/{}", &whole[..16]);
    let mut bundle = Bundle { out, rust: String::new(), manifest: Vec::new() };
    for name in &files {
        let bytes = fs::read(root.join(name))?;
        if name == PAGE {
            bundle.put("/", kind(name), &page(bytes, &prefix, &root, &files)?)?;
        } else if !name.ends_with(".css") {
            bundle.put(&format!("{prefix}/{name}"), kind(name), &served(name, bytes))?;
        }
    }
    bundle.put(&format!("{prefix}/{SHEETS}"), kind(SHEETS), &sheets(&root, &files)?)?;
    bundle.finish(&prefix, &whole)
}

/// Plain files with plain names, of the kinds that are served.
fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, of) = (entry.path(), entry.file_type()?);
        let name = path.strip_prefix(root).ok().and_then(Path::to_str).expect("names of pages are text").to_owned();
        let is_plain = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || "-/.".contains(sign);
        assert!(name.chars().all(is_plain), "{name}: a page's name is small letters, digits and hyphens");
        if of.is_dir() {
            collect(root, &path, files)?;
        } else if of.is_file() && !kind(&name).is_empty() {
            files.push(name);
        }
    }
    Ok(())
}

fn digest_of_all(root: &Path, files: &[String]) -> io::Result<String> {
    let mut context = Context::new(&SHA256);
    for name in files {
        let bytes = fs::read(root.join(name))?;
        context.update(format!("{name}\0{}\0", bytes.len()).as_bytes());
        context.update(&bytes);
    }
    Ok(hex::encode(context.finish()))
}

/// What is served as what; other files stay outside.
fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "",
    }
}

/// The page with the addresses of its files. Modules are asked for side by side, not one after the other as they are
/// found to be needed; and first those alone without which nothing can be done.
fn page(bytes: Vec<u8>, prefix: &str, root: &Path, files: &[String]) -> io::Result<Vec<u8>> {
    let page = String::from_utf8(bytes).expect("the page is text");
    let mut first = vec![MAIN.to_owned()];
    let mut at = 0;
    while let Some(name) = first.get(at) {
        let found = imported(name, &fs::read_to_string(root.join(name))?);
        first.extend(found.into_iter().filter(|one| !first.contains(one)).collect::<BTreeSet<_>>());
        at += 1;
    }
    let modules = files.iter().filter(|name| kind(name).starts_with("text/javascript") && *name != THEME);
    let links = |names: Vec<&String>| {
        names.iter().map(|name| format!("<link rel=\"modulepreload\" href=\"{BUNDLE}/{name}\">\n")).collect::<String>()
    };
    let later = modules.filter(|name| !first.contains(name)).collect();
    let page = page.replace(FIRST, &links(first.iter().collect())).replace(LATER, &links(later));
    Ok(page.replace(BUNDLE, prefix).into_bytes())
}

/// The modules that one imports or hands on as it is loaded: `… from './other.js';`, with their whole names.
fn imported(name: &str, text: &str) -> Vec<String> {
    let begins = |line: &&str| ["import ", "export ", "} from "].iter().any(|word| line.starts_with(word));
    let of = |line: &str| Some(line.rsplit_once(" from '")?.1.strip_suffix("';")?.to_owned());
    let folder: Vec<&str> = name.rsplit_once('/').map_or(vec![], |(folder, _)| folder.split('/').collect());
    text.lines().filter(begins).filter_map(of).map(|path| resolved(folder.clone(), &path)).collect()
}

fn resolved<'a>(mut folder: Vec<&'a str>, path: &'a str) -> String {
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => assert!(folder.pop().is_some(), "{path} leads out of the pages"),
            part => folder.push(part),
        }
    }
    folder.join("/")
}

/// Every sheet, as one.
fn sheets(root: &Path, files: &[String]) -> io::Result<Vec<u8>> {
    let first = FIRST_SHEETS.iter().copied();
    let rest = files.iter().map(String::as_str).filter(|name| name.ends_with(".css") && !FIRST_SHEETS.contains(name));
    first
        .chain(rest)
        .map(|name| Ok(served(name, fs::read(root.join(name))?)))
        .collect::<io::Result<Vec<_>>>()
        .map(|all| all.concat())
}

/// As it is served.
fn served(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let has_comments = [".js", ".css"].iter().any(|end| name.ends_with(end));
    if has_comments { without_comments(&String::from_utf8(bytes).expect("pages are text")).into_bytes() } else { bytes }
}

/// Without the comments that have lines of their own: they are for whoever reads the sources. The lines stay, so that
/// places in it are told as they are there.
fn without_comments(text: &str) -> String {
    let (mut out, mut is_comment) = (String::with_capacity(text.len()), false);
    for line in text.lines() {
        let words = line.trim();
        let is_alone = words.ends_with("*/") && words.matches("*/").count() == 1;
        let begins = !is_comment && words.starts_with("/*") && (is_alone || !words.contains("*/"));
        if is_comment || begins {
            is_comment = !words.ends_with("*/");
        } else if !words.starts_with("//") {
            out.push_str(words);
        }
        out.push('\n');
    }
    out
}

struct Bundle {
    out: PathBuf,
    rust: String,
    manifest: Vec<String>,
}

impl Bundle {
    fn put(&mut self, path: &str, kind: &str, bytes: &[u8]) -> io::Result<()> {
        let sha = hex::encode(digest(&SHA256, bytes));
        let (plain, small) = (self.out.join(format!("{sha}.plain")), self.out.join(format!("{sha}.br")));
        let mut packed = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams::default();
        brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters)?;
        self.manifest.push(format!(
            "{{\"path\":{path:?},\"bytes\":{},\"packed\":{},\"sha256\":\"{sha}\"}}",
            bytes.len(),
            packed.len()
        ));
        fs::write(&plain, bytes)?;
        fs::write(&small, packed)?;
        let (etag, etag_br) = (format!("\"{}\"", &sha[..32]), format!("\"{}-br\"", &sha[..32]));
        writeln!(
            self.rust,
            "    Asset {{ path: {path:?}, kind: {kind:?}, plain: Form {{ etag: {etag:?}, bytes: include_bytes!({plain:?}) }}, \
             brotli: Form {{ etag: {etag_br:?}, bytes: include_bytes!({small:?}) }} }},"
        )
        .expect("a text takes everything");
        Ok(())
    }

    fn finish(mut self, prefix: &str, whole: &str) -> io::Result<()> {
        let manifest = format!("{{\"sha256\":\"{whole}\",\"files\":[\n{}\n]}}\n", self.manifest.join(",\n"));
        self.put("/bundle/manifest.json", "application/json", manifest.as_bytes())?;
        let Self { out, rust, .. } = self;
        let rust = format!("const PREFIX: &str = \"{prefix}/\";\nstatic ASSETS: &[Asset] = &[\n{rust}];\n");
        fs::write(out.join("bundle.rs"), rust)
    }
}
