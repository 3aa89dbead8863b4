//! `capos config`, and what a bad configuration does to a start.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use capos_testkit::NodePlan;

use crate::ground::*;

const BAD: &str = "[node]\nname = 'two words'\n\n[rpc]\nlisten = ['127.0.0.1']\nweb = true\n";

#[test]
fn every_fault_of_a_file_is_told_at_once_each_in_a_line() {
    let plan = plan();
    fs::write(plan.configuration_file(), BAD).unwrap();
    let file = plan.configuration_file().display().to_string();
    let done = capos(&plan, &["config", "check", &file], "");
    assert_eq!((done.code, done.out.as_str()), (Some(2), ""));
    let expected = [
        format!("{file}:2:8: node.name must have 1 to 64 bytes, without spaces"),
        format!(
            "{file}:5:10: rpc.listen \"127.0.0.1\" is no address and port in figures, such as 127.0.0.1:2327 or [::1]:2327"
        ),
        format!("{file}:6:1: there is no setting \"rpc.web\"; `capos config show` lists all"),
    ];
    assert_eq!(done.err.lines().collect::<Vec<_>>(), expected);

    let done = capos(&plan, &["config", "check", "--json", &file], "");
    let answer: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((answer["ok"].as_bool(), answer["faults"][1]["line"].as_u64()), (Some(false), Some(5)));
}

#[test]
fn a_file_that_is_sound_is_said_to_be_and_the_default_one_may_be_missing() {
    let plan = plan();
    fs::write(plan.configuration_file(), "[node]\nname = 'den'\n").unwrap();
    let file = plan.configuration_file().display().to_string();
    let done = capos(&plan, &["config", "check", &file], "");
    assert_eq!((done.code, done.out), (Some(0), format!("{file}: ok\n")));
    assert_eq!(capos(&plan, &["config", "check"], "").code, Some(0));
    assert_eq!(capos(&plan, &["config", "check", "/nowhere.toml"], "").code, Some(2));
}

#[test]
fn what_holds_is_shown_with_where_it_is_from() {
    let plan = plan();
    let directory = plan.directory().join("config/capos");
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join("capos.toml");
    fs::write(&file, "[node]\nname = 'den'\n").unwrap();
    let shown = capos(&plan, &["config", "show", "--rpc", "127.0.0.1:1"], "").out;
    let line = |key: &str| shown.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
    assert!(line("node.name").ends_with(&format!("# {}:2", file.display())), "{shown}");
    assert!(line("rpc.listen").contains("\"127.0.0.1:1\"") && line("rpc.listen").ends_with("# --rpc"), "{shown}");
    assert!(line("node.motd").ends_with("# default"), "{shown}");
    // It is a configuration itself.
    fs::write(&file, &shown).unwrap();
    assert_eq!(capos(&plan, &["config", "check"], "").code, Some(0));
}

#[test]
fn the_profile_of_a_built_in_service_is_a_file_that_takes_its_place() {
    let plan = plan();
    let services = plan.directory().join("config/capos/services");
    fs::create_dir_all(&services).unwrap();
    for service in ["adventure", "chat", "paperclips", "shell"] {
        let shown = capos(&plan, &["config", "profile", service], "");
        assert!(shown.out.contains(&format!("\nid = \"{service}\"\n")), "{}", shown.err);
        fs::write(services.join(format!("{service}.toml")), &shown.out).unwrap();
    }
    let done = capos(&plan, &["config", "check"], "");
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""));
    let done = capos(&plan, &["config", "profile", "shel"], "");
    assert!(done.code == Some(2) && done.err.contains("shell"), "{}", done.err);
}

#[test]
fn a_node_does_not_start_with_a_bad_configuration() {
    let plan = plan().configuration(BAD);
    let done = run(&mut plan.up(), "");
    assert_eq!(done.code, Some(2));
    assert_eq!(done.err.lines().count(), 3, "{}", done.err);
    assert_eq!(fs::read_dir(plan.data()).unwrap().count(), 0, "nothing was begun");
}

#[test]
fn figures_are_not_offered_beyond_this_machine() {
    let plan = plan().configuration("metrics.listen = '0.0.0.0:0'");
    let done = run(&mut plan.up(), "");
    assert_eq!(done.code, Some(2));
    assert!(one_line(&done).contains(":1:18: metrics.listen must be a loopback address"), "{}", done.err);
}

/// The packaged files are part of the program: what they say has to be what it understands.
#[test]
fn what_is_packaged_is_understood() {
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging");
    let sample = fs::read_to_string(packaging.join("capos.toml")).unwrap();
    let is_setting = |line: &&str| line.starts_with('#') && line.contains(" = ");
    assert!(sample.lines().filter(is_setting).count() > 8);
    let all: String = sample
        .lines()
        .map(|line| if is_setting(&line) { format!("{}\n", &line[1..]) } else { format!("{line}\n") })
        .collect();
    let plan = plan();
    for text in [&sample, &all] {
        fs::write(plan.configuration_file(), text).unwrap();
        let done = capos(&plan, &["config", "check", plan.configuration_file().to_str().unwrap()], "");
        assert_eq!(done.code, Some(0), "{}", done.err);
    }

    // A flag that did not exist would be the first thing to be told; the file that is not there comes after.
    let unit = fs::read_to_string(packaging.join("systemd/capos.service")).unwrap();
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/capos ")).unwrap();
    let start = start.replace("${STATE_DIRECTORY}", plan.data().to_str().unwrap());
    let start = start.replace("/etc/capos/capos.toml", "/nowhere/capos.toml");
    let done = capos(&plan, &start.split(' ').collect::<Vec<_>>(), "");
    assert_eq!(done.code, Some(2));
    assert!(done.err.starts_with("/nowhere/capos.toml: No such file"), "{}", done.err);
}

/// A certificate and its key in one file, as a node makes them.
fn pem(plan: &NodePlan) -> PathBuf {
    let file = plan.directory().join("pair.pem");
    let made = plan.directory().join("made");
    fs::create_dir(&made).unwrap();
    capos_rpc::Identity::load_or_create(&made).unwrap();
    fs::rename(made.join("identity.pem"), &file).unwrap();
    file
}

#[test]
fn what_is_wrong_with_a_certificate_is_told_before_a_start() {
    let plan = plan();
    let pair = pem(&plan);
    let empty = plan.directory().join("empty.pem");
    fs::write(&empty, "").unwrap();
    fs::set_permissions(&empty, fs::Permissions::from_mode(0o600)).unwrap();
    let open = plan.directory().join("open.pem");
    fs::copy(&pair, &open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).unwrap();
    let check = |certificate: &Path, key: &Path| {
        let (certificate, key) = (certificate.display(), key.display());
        fs::write(plan.configuration_file(), format!("[web]\ncertificate = '{certificate}'\nkey = '{key}'\n")).unwrap();
        let done = capos(&plan, &["config", "check", plan.configuration_file().to_str().unwrap()], "");
        (done.code, done.err)
    };
    assert_eq!(check(&pair, &pair), (Some(0), String::new()));
    for (certificate, key, said) in [
        (empty.as_path(), pair.as_path(), "there is no certificate in it"),
        (&pair, &empty, "there is no private key in it"),
        (&pair, &open, "everybody on this machine may read it"),
        (Path::new("/nowhere.pem"), &pair, "/nowhere.pem: No such file"),
        (&pair, plan.directory(), "it is no file"),
    ] {
        let (code, err) = check(certificate, key);
        assert_eq!((code, err.lines().count()), (Some(2), 1), "{err}");
        assert!(err.contains(said), "{err}");
    }
    let alone = plan.clone().configuration(&format!("[web]\ncertificate = '{}'\n", pair.display()));
    let done = run(&mut alone.up(), "");
    assert_eq!((done.code, done.err.as_str()), (Some(2), "web.key is needed, too: the key of web.certificate\n"));
}

#[test]
fn how_http_is_reached_is_checked() {
    let plan = plan();
    let text =
        "[web]\npublic_origin = 'den.example'\nproxies = ['10.0.0.1/8']\ncookie_same_site = 'none'\nkey = 'k.pem'\n";
    fs::write(plan.configuration_file(), text).unwrap();
    let done = capos(&plan, &["config", "check", plan.configuration_file().to_str().unwrap()], "");
    let said: Vec<_> = done.err.lines().filter_map(|line| line.split_once(": ")).map(|(_, said)| said).collect();
    let expected = [
        "web.public_origin must be an origin such as \"https://den.example\", without a path, or \"off\"",
        "web.proxies has \"10.0.0.1/8\", which is no range of addresses, such as \"10.0.0.0/8\" or \"127.0.0.1\"",
        "web.cookie_same_site must be one of \"strict\", \"lax\"",
        "web.key must be an absolute path",
    ];
    assert_eq!(said, expected);
    let good =
        "[web]\npublic_origin = 'https://den.example'\nproxies = ['10.0.0.0/8', '::1']\ncookie_same_site = 'lax'\n";
    fs::write(plan.configuration_file(), good).unwrap();
    let done = capos(&plan, &["config", "check", plan.configuration_file().to_str().unwrap()], "");
    assert_eq!(done.code, Some(0), "{}", done.err);
}
