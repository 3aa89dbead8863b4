use proptest::prelude::*;
use serde_json::json;

use super::*;

fn limits(rows: usize, bytes: usize) -> Limits {
    Limits { transcript_rows: rows, transcript_bytes: bytes, ..Limits::default() }
}

fn add(transcript: &Transcript, subject: &str) {
    transcript.add(&Operation::new(1, "call", subject), "ok", Duration::from_millis(3));
}

#[test]
fn a_full_transcript_is_whole_and_one_row_more_drops_the_oldest_behind_one_marker() {
    let transcript = Transcript::new(&Limits::default());
    for _ in 0..4096 {
        add(&transcript, "chat.send");
    }
    let rows = transcript.rows();
    assert_eq!((rows.len(), rows[0].operation, rows[0].number), (4096, "call", 1));
    for more in 1..=3 {
        add(&transcript, "chat.send");
        let rows = transcript.rows();
        assert_eq!(rows.len(), 4096);
        assert_eq!((rows[0].operation, rows[0].number), ("truncated", more + 1));
        assert_eq!((rows[1].operation, rows[1].number), ("call", more + 2));
        assert_eq!(rows[4095].number, 4096 + more);
    }
}

#[test]
fn bytes_are_bounded_as_rows_are() {
    let one = {
        let transcript = Transcript::new(&Limits::default());
        add(&transcript, "a");
        transcript.export().len()
    };
    let transcript = Transcript::new(&limits(usize::MAX, one * 3));
    for _ in 0..3 {
        add(&transcript, "a");
    }
    assert_eq!(transcript.rows().len(), 3);
    assert_eq!(transcript.export().len(), one * 3);
    add(&transcript, "a");
    assert_eq!(transcript.rows()[0].operation, "truncated");
    assert!(transcript.export().len() <= one * 3);
}

#[test]
fn only_declared_arguments_are_noted_and_only_simple_ones() {
    let transcript = Transcript::new(&Limits::default());
    let params = json!({ "channel": "#lobby", "text": "psst", "count": 3, "raw": { "$raw": "" } });
    let operation = Operation::new(1, "call", "chat.send").noting(
        &params,
        &["channel", "count", "raw", "absent"],
        &Limits::default(),
    );
    transcript.add(&operation, "ok", Duration::ZERO);
    let notes: Vec<_> = transcript.rows()[0].notes.iter().map(|note| (note.name.clone(), note.value.clone())).collect();
    assert_eq!(notes, [("channel".to_owned(), "#lobby".to_owned()), ("count".to_owned(), "3".to_owned())]);
    assert!(!transcript.export().contains("psst"));
}

#[test]
fn every_line_of_an_export_is_an_object_of_its_own() {
    let transcript = Transcript::new(&Limits::default());
    add(&transcript, "system_info.motd");
    add(&transcript, "not a name\n");
    let export = transcript.export();
    let lines: Vec<Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[0]["subject"], lines[1].get("subject")), (2, &json!("system_info.motd"), None));
}

/// What must never stand in a row, whatever it is put in as.
const FORBIDDEN: &[&str] = &[
    "127.0.0.1",
    "10.0.0.1:2327",
    "[::1]:2327",
    "fe80::1",
    "os error 111",
    "Connection refused (os error 111)",
    "/run/user/1000/agent.sock",
    "0123456789abcdef0123456789abcdef",
    "deadbeefdeadbeefdeadbeefdeadbeef",
    "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "hunter2 hunter2",
    "\x1b[31m",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_forbidden_marker_ever_stands_in_a_row(
        marker in proptest::sample::select(FORBIDDEN),
        before in "[a-z.]{0,6}",
        after in "[a-z. ]{0,6}",
    ) {
        let text = format!("{before}{marker}{after}");
        let transcript = Transcript::new(&Limits::default());
        let params = json!({ "password": text, "nested": { "x": text } });
        transcript.add(&Operation::new(1, "call", &text).noting(&params, &["nested"], &Limits::default()), "ok", Duration::ZERO);
        prop_assert!(!transcript.export().contains(marker));
        prop_assert!(!transcript.export().contains('\x1b'));
    }

    #[test]
    fn bounds_hold_for_any_rows(rows in 2_usize..8, bytes in 300_usize..2000, subjects in proptest::collection::vec("[a-z]{1,64}", 0..40)) {
        let transcript = Transcript::new(&limits(rows, bytes));
        for subject in &subjects {
            add(&transcript, subject);
        }
        let kept = transcript.rows();
        prop_assert!(kept.len() <= rows && transcript.export().len() <= bytes);
        prop_assert!(kept.iter().filter(|row| row.operation == "truncated").count() <= 1);
        prop_assert_eq!(kept.last().map_or(0, |row| row.number), subjects.len() as u64);
    }

    #[test]
    fn whoever_looks_now_and_then_misses_only_what_made_room(
        rows in 2_usize..8,
        looks in proptest::collection::vec(0_usize..6, 0..12),
    ) {
        let transcript = Transcript::new(&limits(rows, 1 << 20));
        let (mut seen, mut kept, mut count) = (0, Vec::new(), 0);
        for added in looks {
            for _ in 0..added {
                count += 1;
                add(&transcript, "x");
            }
            let Added { gone, rows: new } = transcript.since(seen);
            kept.retain(|&number| number > gone);
            kept.extend(new.iter().map(|row| row.number));
            seen = kept.last().copied().unwrap_or(seen);
            prop_assert_eq!(&kept, &(gone + 1..=count).collect::<Vec<_>>());
            prop_assert_eq!(*transcript.news().borrow(), count);
        }
    }
}
