use std::path::Path;

use crate::limits::Limits;
use crate::profile::Draft;

fn words(more: &str) -> Vec<String> {
    let text = format!(
        "id = \"desk\"\nlabel = \"Desk\"\nsummary = \"For tests.\"\nprogram = \"bundled:desk\"\n{more}\n\
         [[exports]]\nname = \"desk\"\ninterface = \"Shell\"\n"
    );
    Draft::parse(&text, Path::new("desk.toml"), &Limits::default()).unwrap().profile.words()
}

#[test]
fn the_narrowest_profile_says_that_there_is_nothing() {
    assert_eq!(
        words(""),
        [
            "One instance of the node's own program desk runs for all sessions.",
            "Of the host's software it sees the shared libraries, and no programs.",
            "It reads no other files of the host.",
            "It writes nothing of the host but its home.",
            "Its home stays when it ends.",
            "It is called service inside.",
            "It reaches no network.",
            "It starts no programs of those who use it.",
            "Its processes together may use 512 MiB of memory; there may be 128 of them, threads counted, each with 1024 \
             open files; no file may be larger than 1 GiB, and /tmp may hold 64 MiB.",
        ]
    );
}

#[test]
fn a_profile_that_gives_much_says_all_of_it() {
    let said = words(
        r#"
isolation = "session"
disclose = ["displayName", "pseudonym"]
sandbox = "best-effort"
root = "system"
read = ["/opt/one", "/opt/two"]
write = ["/srv/site"]
home = "principal"
account = "user"
user = "alice"
network = "host"
commands = true
environment = { TOKEN = "secret-value", LANG = "C.UTF-8" }
limits = { home = "2GiB", memory = 1000 }
requires = [
    { name = "recorder", interface = "Recorder", holder = "node", optional = true },
    { name = "pen", interface = "Chat", holder = "backendHeld" },
    { name = "chat", interface = "Chat", holder = "serviceOwned", from = "chat/chat" },
]
companions = [{ name = "warden", program = "bundled:warden" }]
[settings]
recording = "required"
loginShell = "/bin/bash"
environment = { PASSWORD = "hidden" }
[settings.tasks.restart-web]
command = ["/usr/bin/systemctl", "restart", "{unit}"]
parameters = { unit = { type = "choice", choices = ["a", "b"] } }
"#,
    );
    for sentence in [
        "Each session has an instance of the node's own program desk, which ends with the session.",
        "It sees the host's programs and libraries, all of /usr.",
        "It may also read /opt/one and /opt/two.",
        "It may write /srv/site, and its home.",
        "Each person has a home that stays and that only their own sessions see; a guest's goes with the session.",
        "A home that holds more than 2 GiB ends it where the disk runs short.",
        "It is called user inside, and runs as the host's user alice.",
        "It reaches every network that the host does, and what listens on the host itself.",
        "It starts programs of whoever uses it.",
        "Its environment sets LANG and TOKEN.",
        "Of those who use it, it may learn their name and a pseudonym that stays the same.",
        "The node makes it recorder (Recorder) for each session; it does without where there is none.",
        "The session lends it pen (Chat).",
        "It holds chat of the service chat.",
        "Beside it run warden, confined alike, without home, network and what it may write.",
        "What its terminals show is recorded, and a terminal that cannot be recorded is ended.",
        "The task restart-web runs `/usr/bin/systemctl restart {unit}`, with unit of the caller's, and nothing else.",
        "Its programs' environment sets PASSWORD.",
        "It has settings of its own: loginShell.",
        "It runs also where this host cannot confine it as it should be.",
    ] {
        assert!(said.iter().any(|said| said == sentence), "{sentence}: {said:#?}");
    }
    let all = said.join("\n");
    assert!(all.contains("1000 bytes of memory") && !all.contains("secret-value") && !all.contains("hidden"), "{all}");
}

#[test]
fn words_are_bounded_and_no_terminal_obeys_them() {
    let tasks =
        r#"settings = { tasks = { odd = { command = ["/bin/echo", "\u001b[2J"] }, broken = { command = 7 } } }"#;
    let said = words(tasks).join("\n");
    assert!(said.contains("The task odd runs `/bin/echo \u{fffd}[2J`") && !said.contains("broken"), "{said}");
    let long = format!("write = [{}]", vec![format!("\"/{}\"", "x".repeat(100)); 64].join(","));
    assert!(words(&long).iter().all(|sentence| sentence.chars().count() <= super::LONGEST + 1));
}
