//! Puts the pages of `pages/` into the program: compressed, and under the digest of all of them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use ring::digest::{Context, SHA256, digest};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is")).join("pages");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo says where to write"));
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &root, &mut files)?;
    files.sort();
    let whole = digest_of_all(&root, &files)?;
    let prefix = format!("/bundle/{}/", &whole[..16]);
    let mut rust = format!("const PREFIX: &str = {prefix:?};\nstatic ASSETS: &[Asset] = &[\n");
    let mut manifest = Vec::new();
    for name in &files {
        let mut bytes = fs::read(root.join(name))?;
        let path = if name == "index.html" { "/".to_owned() } else { format!("{prefix}{name}") };
        if name == "index.html" {
            let page = String::from_utf8(bytes).expect("the page is text");
            bytes = page.replace("{{bundle}}", prefix.trim_end_matches('/')).into_bytes();
        }
        manifest.push(format!(
            "{{\"path\":{path:?},\"bytes\":{},\"sha256\":\"{}\"}}",
            bytes.len(),
            hex::encode(digest(&SHA256, &bytes))
        ));
        put(&mut rust, &out, &path, kind(name), &bytes)?;
    }
    let manifest = format!("{{\"sha256\":\"{whole}\",\"files\":[\n{}\n]}}\n", manifest.join(",\n"));
    put(&mut rust, &out, "/bundle/manifest.json", "application/json", manifest.as_bytes())?;
    rust.push_str("];\n");
    fs::write(out.join("bundle.rs"), rust)
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str)
            && !kind(name).is_empty()
        {
            files.push(name.to_owned());
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

fn put(rust: &mut String, out: &Path, path: &str, kind: &str, bytes: &[u8]) -> io::Result<()> {
    let sha = hex::encode(digest(&SHA256, bytes));
    let (plain, small) = (out.join(format!("{sha}.plain")), out.join(format!("{sha}.br")));
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams::default();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters)?;
    fs::write(&plain, bytes)?;
    fs::write(&small, packed)?;
    let etag = format!("\"{}\"", &sha[..32]);
    writeln!(
        rust,
        "    Asset {{ path: {path:?}, kind: {kind:?}, etag: {etag:?}, plain: include_bytes!({plain:?}), brotli: include_bytes!({small:?}) }},"
    )
    .expect("a text takes everything");
    Ok(())
}
