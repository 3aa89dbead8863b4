use super::*;

fn handle(text: &str) -> Handle {
    Handle::parse(text, 32).unwrap()
}

#[test]
fn handles_that_would_be_taken_for_each_other_are_alike() {
    let alice = handle("Alice");
    for other in ["alice", "ALICE", "a lice", " Alice ", "A-l_i.c'e", "A1ice", "Allce", "Álïçé", "AlIce", "Al\u{131}ce"]
    {
        assert_eq!(handle(other).likeness(), alice.likeness(), "{other}");
    }
    assert_eq!(handle("сосо").likeness(), handle("coco").likeness(), "Cyrillic for Latin");
    assert_eq!(handle("ΤΟΝΙ").likeness(), handle("toni").likeness(), "Greek for Latin");
    assert_eq!(handle("b0b").likeness(), handle("Bob").likeness());
    assert_eq!(handle("rnax").likeness(), handle("max").likeness());
    assert_ne!(handle("Alicia").likeness(), alice.likeness());
}

#[test]
fn a_handle_is_of_one_alphabet() {
    for good in ["a", "7", "Zoë Müller", "O'Neill", "иван", "Ελένη", "דנה", "سلمى", "花子", "김", "bot-2", "Nguyễn"]
    {
        assert_eq!(handle(good).as_str(), good);
    }
    let bad = [
        "",
        " ",
        "-a",
        ".",
        "'",
        "аlice",
        "a\nb",
        "a\tb",
        "@a",
        "a@b",
        "a:b",
        "a/b",
        "<b>",
        "a\u{200d}b",
        "e\u{301}",
        "𝐚lice",
        "ａlice",
        "ℓ",
        "👩",
        "a\u{202e}b",
        "\u{a0}a",
        "ᎪᏞᏆ",
    ];
    for bad in bad {
        assert!(Handle::parse(bad, 32).is_err(), "{bad:?}");
    }
}

#[test]
fn a_handle_has_so_many_letters_and_no_more() {
    assert!(Handle::parse(&"ä".repeat(32), 32).is_ok());
    assert!(Handle::parse(&"ä".repeat(33), 32).is_err());
    assert_eq!(handle("  a   b  ").as_str(), "a b");
    assert_eq!(
        Handle::parse(&"x".repeat(32), 32).unwrap().numbered(12, 32).unwrap().as_str(),
        format!("{}-12", "x".repeat(29))
    );
}

#[test]
fn of_a_display_name_what_makes_a_handle_is_taken() {
    let from = |name: &str| Handle::from_display_name(name, 8).map(|handle| handle.as_str().to_owned());
    assert_eq!(from("Alice").as_deref(), Some("Alice"));
    assert_eq!(from("  <Bob> \u{202e}").as_deref(), Some("Bob"));
    assert_eq!(from("Maximilian").as_deref(), Some("Maximili"));
    assert_eq!(from("аlice"), None, "two alphabets");
    assert_eq!(from("👩"), None);
    assert_eq!(from(""), None);
}

#[test]
fn what_would_pass_for_the_service_is_reserved_however_it_is_written() {
    for reserved in ["system", "System", "s-y-s-t-e-m", "Root", "r00t", "Moderator", "Adm1n", "ѕуѕтем"] {
        assert!(handle(reserved).is_reserved(), "{reserved}");
    }
    assert!(!handle("systematic").is_reserved());
}
