use std::collections::BTreeSet;

use http_body_util::BodyExt as _;
use ring::digest::{SHA256, digest};
use serde_json::Value;

use super::*;

async fn ask(method: Method, path: &str, headers: &[(HeaderName, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let (head, body) = serve(request.body(Body::empty()).unwrap()).await.into_parts();
    (head.status, head.headers, body.collect().await.unwrap().to_bytes().into())
}

async fn get(path: &str, headers: &[(HeaderName, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
    ask(Method::GET, path, headers).await
}

async fn manifest() -> Value {
    serde_json::from_slice(&get("/bundle/manifest.json", &[]).await.2).unwrap()
}

fn text(headers: &HeaderMap, name: impl hyper::header::AsHeaderName) -> String {
    headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn every_file_is_what_the_manifest_says() {
    let manifest = manifest().await;
    let files = manifest["files"].as_array().unwrap();
    assert!(files.len() > 10);
    for file in files {
        let path = file["path"].as_str().unwrap();
        let (status, headers, body) = get(path, &[]).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert_eq!(hex(digest(&SHA256, &body).as_ref()), file["sha256"].as_str().unwrap(), "{path}");
        assert_eq!(body.len() as u64, file["bytes"].as_u64().unwrap(), "{path}");
        assert!(text(&headers, CONTENT_SECURITY_POLICY).starts_with("default-src 'none'"), "{path}");
        let kind = match path.rsplit('.').next().unwrap() {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "text/html; charset=utf-8",
        };
        assert_eq!(text(&headers, CONTENT_TYPE), kind, "{path}");
    }
}

#[tokio::test]
async fn the_digest_in_the_addresses_is_of_all_that_is_there() {
    let manifest = manifest().await;
    let whole = manifest["sha256"].as_str().unwrap();
    assert_eq!(PREFIX, format!("/bundle/{}/", &whole[..16]));
    let paths: BTreeSet<&str> = ASSETS.iter().map(|asset| asset.path).collect();
    assert_eq!(paths.len(), ASSETS.len(), "each address once");
    assert!(paths.iter().all(|path| path.starts_with(PREFIX) || ["/", "/bundle/manifest.json"].contains(path)));
}

/// The addresses that a piece of the page names.
fn named(page: &str) -> BTreeSet<&str> {
    page.split('"').filter(|part| part.starts_with('/')).collect()
}

#[tokio::test]
async fn the_page_names_every_file_that_it_asks_for_and_no_other() {
    let page = String::from_utf8(get("/", &[]).await.2).unwrap();
    let named = named(&page);
    for path in &named {
        assert!(ASSETS.iter().any(|asset| asset.path == *path), "{path}");
    }
    for asset in ASSETS.iter().filter(|asset| asset.path.ends_with(".js") || asset.path.ends_with(".css")) {
        assert!(named.contains(asset.path), "{} is not asked for by the page", asset.path);
    }
    let mut tags = page.split('<').filter_map(|part| part.split('>').next());
    assert!(tags.all(|tag| !tag.starts_with("style") && !tag.contains(" style=") && !tag.contains(" on")));
    assert!(!page.contains("{{"));
}

#[tokio::test]
async fn what_the_sign_in_imports_is_asked_for_first_and_nothing_else() {
    let page = String::from_utf8(get("/", &[]).await.2).unwrap();
    let (first, later) = page.split_once("<template>").unwrap();
    let (first, later) = (named(first), named(later));
    assert!(first.is_disjoint(&later));
    let has = |all: &BTreeSet<&str>, name: &str| all.contains(format!("{PREFIX}{name}").as_str());
    assert!(has(&first, "main.js") && has(&first, "ui/sign-in.js") && has(&first, "core/api.js"));
    assert!(has(&later, "ui/inside.js") && has(&later, "ui/workspace.js") && has(&later, "ui/views/chat.js"));
    for path in first.iter().filter(|path| path.ends_with(".js")) {
        let module = String::from_utf8(get(path, &[]).await.2).unwrap();
        for import in module.lines().filter_map(|line| line.rsplit_once(" from '")?.1.strip_suffix("';")) {
            let mut at: Vec<&str> = path.split('/').collect();
            at.pop();
            for part in import.split('/').filter(|part| *part != ".") {
                if part == ".." {
                    at.pop();
                } else {
                    at.push(part);
                }
            }
            assert!(first.contains(at.join("/").as_str()), "{path} imports {import}");
        }
    }
}

#[tokio::test]
async fn every_sheet_is_in_the_one_that_is_sent_after_those_that_it_builds_on() {
    let sheets: Vec<_> = ASSETS.iter().filter(|asset| asset.path.ends_with(".css")).collect();
    assert_eq!(sheets.len(), 1);
    let text = String::from_utf8(get(sheets[0].path, &[]).await.2).unwrap();
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}"));
    assert!(
        at("--ground:") < at(".button") && at(".button") < at(".workspace {") && at(".workspace {") < at(".gate {")
    );
    assert!([".terminal-grid", ".chat-log", ".capset"].iter().all(|words| at(".workspace {") < at(words)));
    // What it draws with is where it says.
    for drawing in text.split("url(\"../").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ASSETS.iter().any(|asset| asset.path == format!("{PREFIX}{drawing}")), "{drawing}");
    }
}

#[tokio::test]
async fn files_are_kept_for_good_and_the_page_is_asked_for_anew() {
    let file = ASSETS.iter().find(|asset| asset.path.ends_with("main.js")).unwrap();
    assert_eq!(text(&get(file.path, &[]).await.1, CACHE_CONTROL), "public, max-age=31536000, immutable");
    for path in ["/", "/bundle/manifest.json"] {
        assert_eq!(text(&get(path, &[]).await.1, CACHE_CONTROL), "no-cache");
    }
}

#[tokio::test]
async fn a_form_that_is_known_is_not_sent_again_and_no_other_is_taken_for_it() {
    let plain = text(&get("/", &[]).await.1, ETAG);
    let packed = text(&get("/", &[(ACCEPT_ENCODING, "br")]).await.1, ETAG);
    assert_ne!(plain, packed);
    for known in [plain.clone(), format!("W/{plain}"), format!("\"other\", {plain}"), "*".to_owned()] {
        let (status, headers, body) = get("/", &[(IF_NONE_MATCH, &known)]).await;
        assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0), "{known}");
        assert_eq!(text(&headers, ETAG), plain);
    }
    for unknown in ["\"other\"".to_owned(), packed.clone(), plain.trim_matches('"').to_owned()] {
        assert_eq!(get("/", &[(IF_NONE_MATCH, &unknown)]).await.0, StatusCode::OK, "{unknown}");
    }
    let both = [(ACCEPT_ENCODING, "br"), (IF_NONE_MATCH, packed.as_str())];
    assert_eq!(get("/", &both).await.0, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn what_is_packed_unpacks_to_the_same_and_is_sent_to_whoever_takes_it_alone() {
    let plain = get("/", &[]).await.2;
    for accepts in ["br", "gzip, br", "gzip;q=1.0, BR;q=0.1", "*", "br; q=0.001"] {
        let (_, headers, body) = get("/", &[(ACCEPT_ENCODING, accepts)]).await;
        assert_eq!(text(&headers, CONTENT_ENCODING), "br", "{accepts}");
        assert_eq!(text(&headers, VARY), "accept-encoding");
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut body.as_slice(), &mut unpacked).unwrap();
        assert_eq!(unpacked, plain, "{accepts}");
    }
    for refuses in ["", "gzip", "br;q=0", "br; q=0.000, *", "*;q=0", "bro", "identity"] {
        let (_, headers, body) = get("/", &[(ACCEPT_ENCODING, refuses)]).await;
        assert!(!headers.contains_key(CONTENT_ENCODING) && body == plain, "{refuses}");
    }
}

#[tokio::test]
async fn whatever_is_not_in_the_table_is_not_there() {
    let file = ASSETS.iter().find(|asset| asset.path.ends_with("main.js")).unwrap().path;
    let others = [
        "/index.html",
        "/bundle/",
        "/bundle/0000000000000000/main.js",
        "/..",
        "/bundle/../Cargo.toml",
        "/%2e%2e/etc/passwd",
        "/bundle/manifest.json/",
        "//",
        &format!("{file}/"),
        &format!("{file}%00"),
        &file.replace("main.js", "../index.html"),
        &file.replace("main.js", "package.json"),
        &file.to_uppercase(),
    ];
    for path in others {
        assert_eq!(get(path, &[]).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(get("/?with=a+query", &[]).await.0, StatusCode::OK);
}

#[tokio::test]
async fn pages_are_only_read_and_nobody_complains_of_an_icon() {
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
        assert_eq!(ask(method, "/", &[]).await.0, StatusCode::METHOD_NOT_ALLOWED);
    }
    assert_eq!(ask(Method::HEAD, "/", &[]).await.0, StatusCode::OK);
    assert_eq!(get("/favicon.ico", &[]).await.0, StatusCode::NO_CONTENT);
}

#[test]
fn all_of_it_is_small_on_the_way() {
    let packed: usize = ASSETS.iter().map(|asset| asset.brotli.bytes.len()).sum();
    assert!(packed <= 150 << 10, "{packed} bytes, packed");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
