//! What profiles may say, and how they are told what is wrong.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use capos_runner::{
    Draft, Dwelling, Holder, Inside, Isolation, Limits, Profiles, Program, RestartPolicy, Source, Start,
};
use capos_sandbox::{Network, Root};
use proptest::prelude::*;

use crate::bench::{drafts, profile, profiles};

const FULL: &str = include_str!("full.toml");

fn faults(text: &str) -> Vec<String> {
    let read = Draft::parse(text, Path::new("greeter.toml"), &Limits::default());
    read.map_or_else(|faults| faults.iter().map(ToString::to_string).collect(), |_| Vec::new())
}

fn disagreements(texts: &[String]) -> Vec<String> {
    match Profiles::check(drafts(texts), &Limits::default()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.into_iter().map(|fault| fault.what).collect(),
    }
}

#[test]
fn a_profile_that_says_everything_means_it() {
    let base = profile("chat", "good", "").replace("TerminalSession", "Chat");
    let all = profiles(&[base, FULL.to_owned()]);
    let greeter = all.get("greeter").unwrap();
    assert_eq!(greeter.program, Program::File("/opt/greeter/greeter.py".into()));
    assert_eq!((greeter.isolation, greeter.start), (Isolation::Shared, Start::Launch));
    assert_eq!((greeter.limits.memory_bytes, greeter.temporary_bytes), (64 << 20, 4096));
    assert_eq!((greeter.restart.policy, greeter.restart.longest), (RestartPolicy::Always, Duration::from_secs(3)));
    assert_eq!((greeter.health.start_within, greeter.disclose.len()), (Duration::from_millis(1500), 5));
    assert_eq!(greeter.environment, [("PYTHONUNBUFFERED".to_owned(), "1".to_owned())]);
    assert_eq!(greeter.exports[0].interface.id, 0xfbbd_c602_980c_b986);
    let Holder::Service(provider) = &greeter.requires[0].holder else { panic!("it is held by the service") };
    assert_eq!((&*provider.service, &*provider.export), ("chat", "chat"));
    assert_eq!(greeter.companions[1].after, ["warden"]);
    assert_eq!(greeter.requires[2].holder, Holder::Node);
    let inside = Inside {
        root: Root::System,
        read: vec!["/opt/greeter".into()],
        write: vec!["/srv/greetings".into()],
        home: Dwelling::Scratch,
        home_bytes: Some(2 << 20),
        account: "clerk".to_owned(),
        user: Some("postmaster".to_owned()),
        network: Network::Host,
        commands: true,
    };
    assert_eq!(greeter.inside, inside);
    let settings: serde_json::Value = serde_json::from_str(&greeter.settings).unwrap();
    let meant =
        r#"{"greeting":"Hello","colours":["red","green"],"volume":11,"rate":1.5,"tasks":{"wave":{"loud":true}}}"#;
    assert_eq!(settings, serde_json::from_str::<serde_json::Value>(meant).unwrap());
    assert!(!greeter.exports[0].launch && all.registry().interface_id("Chat").is_some());
}

#[test]
fn every_fault_is_told_with_its_line_and_column() {
    let text = "id = \"Greeter\"\nlabel = \"\"\nsumary = \"x\"\nprogram = 7\n[limits]\nmemory = \"much\"\n[[exports]]\nname = \"a\"\n";
    assert_eq!(
        faults(text),
        [
            "greeter.toml:1:1: the profile needs the key \"summary\"",
            "greeter.toml:1:6: id must be 1 to 32 of a-z, 0-9 and -, and begin with a letter",
            "greeter.toml:2:9: label must be text of 1 to 64 bytes, without control characters",
            "greeter.toml:3:1: a profile has no key \"sumary\"; did you mean \"summary\"?",
            "greeter.toml:4:11: program must be a string in quotation marks",
            "greeter.toml:6:10: limits.memory must be a size of at least 1 byte, such as \"512MiB\" or 4096",
            "greeter.toml:7:1: exports[0] needs the key \"interface\"",
        ]
    );
    assert_eq!(faults("id = \n").len(), 1, "a broken text is one fault");
}

#[test]
fn what_is_missing_hides_no_other_fault() {
    let text = "label = \"x\"\nisolation = \"both\"\nstart = \"now\"\nsandbox = \"off\"\nroot = \"all\"\narguments = 1\nread = 2\n\
        environment = 3\nstart_within = \"1s\"\n[restart]\npolicy = \"so\"\ngiveup = 3\n[health]\nevery = \"so\"\n";
    let told = faults(text);
    for (line, part) in [
        (1, "needs the key \"id\""),
        (1, "needs the key \"program\""),
        (1, "exports are missing"),
        (2, "isolation must be one of"),
        (3, "start must be one of"),
        (4, "sandbox must be one of"),
        (5, "root must be \"libraries\", \"system\" or"),
        (6, "arguments must be"),
        (7, "read must be"),
        (8, "environment must be"),
        (9, "has no key \"start_within\"; it has id"),
        (11, "restart.policy must be one of"),
        (12, "restart has no key \"giveup\"; did you mean \"giveUp\"?"),
        (14, "health.every must be"),
    ] {
        let found = told.iter().any(|told| told.starts_with(&format!("greeter.toml:{line}:")) && told.contains(part));
        assert!(found, "{line} {part}: {told:#?}");
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let lab = |more: &str| faults(&profile("lab", "good", more)).join("\n");
    for (more, expected) in [
        ("isolation = \"session\"\nstart = \"node\"\n", "start cannot be \"node\""),
        ("environment = { HOME = \"/\" }\n", "may not set HOME"),
        ("environment = { \"A B\" = \"/\" }\n", "must be named with letters"),
        ("[restart]\nfirst = \"9s\"\nlongest = \"1s\"\n", "may not be shorter"),
        ("[restart]\ngiveUp = 0\n", "whole number from 1 to 100"),
        ("[health]\nevery = \"0s\"\n", "must be a time from \"1ms\""),
        ("[[requires]]\nname=\"a\"\ninterface=\"Chat\"\nholder=\"serviceOwned\"\n", "needs the key \"from\""),
        (
            "[[requires]]\nname=\"a\"\ninterface=\"Chat\"\nholder=\"backendHeld\"\nfrom=\"a/b\"\n",
            "is only for what a service",
        ),
        (
            "[[requires]]\nname=\"a\"\ninterface=\"Chat\"\nholder=\"clientFacet\"\ntransfer=\"moved\"\n",
            "can be \"moved\" only",
        ),
        ("[[requires]]\nname=\"a\"\ninterface=\"Chat\"\nholder=\"node\"\n", "is nothing that the node makes"),
        ("[[requires]]\nname=\"a\"\ninterface=\"Recorder\"\nholder=\"node\"\nfrom=\"a/b\"\n", "is only for what a"),
        ("home = \"principal\"\n", "only where each session has a process"),
        ("home = \"kept\"\nisolation = \"session\"\n", "all would share it"),
        ("home = \"mine\"\n", "home must be one of"),
        ("write = [\"srv\"]\n", "each of write must be an absolute path"),
        ("write = [\"/srv/../etc\"]\n", "each of write must be an absolute path"),
        ("root = \"usr\"\n", "root must be \"libraries\", \"system\" or the absolute path"),
        ("account = \"root\"\n", "account may not be \"root\""),
        ("account = \"nobody\"\n", "account may not be \"nobody\""),
        ("account = \"a/b\"\n", "account must be 1 to 32"),
        ("account = \"..\"\n", "account must be 1 to 32"),
        ("user = \"root\"\n", "user may not be \"root\""),
        ("network = \"some\"\n", "network must be one of"),
        ("commands = 1\n", "commands must be true or false"),
        ("settings = 1\n", "settings must be a table"),
        ("[settings]\nsince = 1979-05-27\n", ":12:9: settings cannot have a date"),
        ("[settings]\nmost = inf\n", "settings have a number here that JSON has not"),
        ("[settings]\nmost = 9223372036854775808\n", "settings have too large a number"),
        ("[limits]\nhome = 0\n", "limits.home must be a size"),
        ("[[companions]]\nname=\"a\"\nprogram=\"/a\"\nafter=[\"b\"]\n", "have no \"b\""),
        ("[[companions]]\nname=\"a\"\nprogram=\"/a\"\nafter=[\"a\"]\n", "in a circle"),
        ("[[companions]]\nname=\"lab\"\nprogram=\"/a\"\n", "called like the service"),
        ("[[exports]]\nname=\"lab\"\ninterface=\"Chat\"\n", "has \"lab\" twice"),
    ] {
        assert!(lab(more).contains(expected), "{expected}: {}", lab(more));
    }
}

#[test]
fn lists_and_texts_have_bounds() {
    let list = |count: usize| format!("offered = [{}]\n", vec!["\"user\""; count].join(","));
    assert_eq!(faults(&profile("lab", "good", &list(64))), Vec::<String>::new());
    assert!(faults(&profile("lab", "good", &list(65)))[0].ends_with("must be a list of at most 64"));
    let label = |count: usize| profile("lab", "good", "").replace("The lab", &"x".repeat(count));
    assert!(faults(&label(64)).is_empty() && !faults(&label(65)).is_empty());
    let argument = |count: usize| profile("lab", &"x".repeat(count), "");
    assert!(faults(&argument(4096)).is_empty() && !faults(&argument(4097)).is_empty());
    let id = |count: usize| profile(&"x".repeat(count), "good", "");
    assert!(faults(&id(32)).is_empty() && !faults(&id(33)).is_empty());
    let padded = |bytes: usize| {
        let text = profile("lab", "good", "");
        format!("{text}#{}", "x".repeat(bytes - text.len() - 1))
    };
    assert!(faults(&padded(256 << 10)).is_empty());
    assert!(faults(&padded((256 << 10) + 1))[0].ends_with("too large for a profile"));
    let settings = |bytes: usize| {
        let empty = "{\"text\":\"\"}".len();
        profile("lab", "good", &format!("[settings]\ntext = \"{}\"\n", "x".repeat(bytes - empty)))
    };
    assert!(faults(&settings(64 << 10)).is_empty());
    assert!(faults(&settings((64 << 10) + 1))[0].ends_with("settings must be at most 64 KiB as JSON"));
    let nested = |depth: usize| {
        let text = format!("deep = {}{}", "[".repeat(depth), "]".repeat(depth));
        profile("lab", "good", &format!("[settings]\n{text}\n"))
    };
    assert!(faults(&nested(32)).is_empty() && !faults(&nested(33)).is_empty());
    let account = |count: usize| profile("lab", "good", &format!("account = \"{}\"\n", "x".repeat(count)));
    assert!(faults(&account(32)).is_empty() && !faults(&account(33)).is_empty());
    let companions = |count: usize| {
        let one = |index: usize| format!("[[companions]]\nname = \"c{index}\"\nprogram = \"/c\"\n");
        profile("lab", "good", &(0..count).map(one).collect::<String>())
    };
    assert!(faults(&companions(16)).is_empty() && !faults(&companions(17)).is_empty());
    let requires = |count: usize| {
        let one = |index: usize| {
            format!("[[requires]]\nname = \"r{index}\"\ninterface = \"Chat\"\nholder = \"backendHeld\"\n")
        };
        profile("lab", "good", &(0..count).map(one).collect::<String>())
    };
    assert!(faults(&requires(16)).is_empty() && !faults(&requires(17)).is_empty());
}

#[test]
fn a_set_has_bounds() {
    let many = |count: usize| (0..count).map(|index| profile(&format!("p{index}"), "good", "")).collect::<Vec<_>>();
    assert!(disagreements(&many(32)).is_empty());
    assert_eq!(disagreements(&many(33)), ["a node has at most 32 profiles"]);
    let exports = |count: usize| {
        let one = |index: usize| format!("[[exports]]\nname = \"e{index}\"\ninterface = \"Chat\"\n");
        [profile("lab", "good", &(1..count).map(one).collect::<String>())]
    };
    assert!(disagreements(&exports(64)).is_empty());
    let two = [exports(64)[0].clone(), profile("other", "good", "")];
    assert_eq!(disagreements(&two), ["all profiles together have at most 64 exports"]);
}

#[test]
fn profiles_must_agree_with_each_other() {
    let needs = |from: &str| {
        format!("[[requires]]\nname=\"a\"\ninterface=\"TerminalSession\"\nholder=\"serviceOwned\"\nfrom=\"{from}\"\n")
    };
    let lab = |id: &str, from: &str| profile(id, "good", &needs(from));
    let plain = |id: &str| profile(id, "good", "");
    for (texts, expected) in [
        (vec![plain("a"), plain("a")], "the id \"a\" is also that of"),
        (vec![lab("a", "b/b")], "there is no service \"b\""),
        (vec![lab("a", "b/c"), plain("b")], "\"b\" has no export \"c\""),
        (vec![lab("a", "b/b"), plain("b").replace("TerminalSession", "Chat")], "is no TerminalSession"),
        (vec![lab("a", "b/b"), profile("b", "good", "isolation = \"session\"\n")], "runs for each session by itself"),
        (vec![lab("a", "a/a")], "cannot require itself"),
        (vec![lab("a", "b/b"), lab("b", "c/c"), lab("c", "a/a")], "requires itself by way of others"),
        (vec![plain("runner")], "is a name of the node's own"),
        (vec![plain("a"), plain("b").replace("name = \"b\"", "name = \"a\"")], "is also the name of an export of a"),
        (vec![plain("a").replace("TerminalSession", "terminalsession")], "did you mean \"TerminalSession\"?"),
    ] {
        let found = disagreements(&texts);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{expected}: {found:?}");
    }
    assert!(disagreements(&[lab("a", "b/b"), lab("b", "c/c"), plain("c")]).is_empty());
}

#[test]
fn a_service_may_bring_interfaces_and_not_change_others() {
    let own = profile("lab", "good", "").replace("TerminalSession", "Worker");
    let draft = |text: &String| Draft::parse(text, Path::new("/t/lab.toml"), &Limits::default()).unwrap();
    let check = |brought: Vec<(&String, Vec<u8>)>| {
        let all = brought.into_iter().map(|(text, schema)| (draft(text), Some(Arc::from(schema)))).collect();
        Profiles::check(all, &Limits::default())
    };
    let lab = capos_testkit::LAB_REQUEST.to_vec();
    let lab_interface = {
        let registry = capos_schema::Registry::load(&lab, &capos_schema::Limits::default()).unwrap();
        registry.nodes().find(|node| registry.interface(node.id).is_ok()).unwrap().name.clone()
    };
    let own = own.replace("Worker", &lab_interface);
    let all = check(vec![(&own, lab.clone())]).unwrap();
    let id = all.get("lab").unwrap().exports[0].interface.id;
    assert_eq!(&**all.registry().request_of(id).unwrap(), lab, "clients are handed what the service brought");
    assert!(disagreements(std::slice::from_ref(&own))[0].contains("neither the node nor the service's schema"));
    let other = profile("other", "good", "");
    let broken = check(vec![(&other, b"nonsense".to_vec())]).unwrap_err();
    assert!(broken[0].what.starts_with("the schema of other: "), "{}", broken[0]);
    let mut changed = capos_schema::REQUEST.to_vec();
    let at = changed.windows(9).position(|bytes| bytes == b"maxEvents").unwrap();
    changed[at] = b'M';
    let redefined = check(vec![(&other, changed)]).unwrap_err();
    assert!(redefined[0].what.contains("the published contract declares this id otherwise"), "{}", redefined[0]);
}

#[test]
fn files_are_read_with_their_schemas_and_replace_bundled_profiles() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let bundled = Source::Text { name: "bundled lab".to_owned(), text: profile("lab", "good", "") };
    let own = file("lab.toml", &profile("lab", "good", "schema = \"lab.schema\"\n").replace("The lab", "Another"));
    fs::write(directory.path().join("lab.schema"), capos_testkit::LAB_REQUEST).unwrap();
    let sources = [bundled, Source::File(own)];
    let all = Profiles::read(&sources, &Limits::default()).unwrap();
    assert_eq!((all.iter().count(), &*all.get("lab").unwrap().label), (1, "Another"));
    fs::remove_file(directory.path().join("lab.schema")).unwrap();
    let faults = Profiles::read(&sources, &Limits::default()).unwrap_err();
    assert_eq!((faults[0].line, faults[0].what.starts_with("the schema: cannot be read")), (7, true), "{}", faults[0]);
    let pipe = directory.path().join("pipe.toml");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    let faults = Profiles::read(&[Source::File(pipe)], &Limits::default()).unwrap_err();
    assert!(faults[0].to_string().contains("no file"), "nobody waits for a writer: {faults:?}");
    let missing = Profiles::read(&[Source::File("/nowhere.toml".into())], &Limits::default()).unwrap_err();
    assert!(missing[0].to_string().starts_with("/nowhere.toml: cannot be read"));
}

proptest! {
    #[test]
    fn no_text_is_too_strange_to_be_read(text in "[a-z\\[\\]{}=\"\n .0-9#']{0,200}") {
        let _ = Draft::parse(&text, Path::new("p.toml"), &Limits::default());
    }

    #[test]
    fn a_full_profile_with_a_line_broken_says_where(line in 0_usize..60, junk in "[ -~]{0,20}") {
        let lines: Vec<&str> = FULL.lines().collect();
        let broken: Vec<&str> =
            lines.iter().enumerate().map(|(at, own)| if at == line % lines.len() { &*junk } else { *own }).collect();
        if let Err(faults) = Draft::parse(&broken.join("\n"), Path::new("p.toml"), &Limits::default()) {
            prop_assert!(!faults.is_empty() && faults.len() <= 100);
            for fault in faults {
                prop_assert!(fault.line >= 1 && fault.line <= lines.len() && fault.column >= 1, "{fault}");
            }
        }
    }
}
