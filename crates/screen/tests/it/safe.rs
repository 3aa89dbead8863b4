//! What reaches a person's terminal, and what does not.

use capos_screen::safe::{Filter, Policy};
use proptest::prelude::*;

use crate::programs::output;

fn passed(bytes: &[u8]) -> Vec<u8> {
    passed_by(Policy::default(), bytes)
}

fn passed_by(policy: Policy, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Filter::new(policy).pass(bytes, &mut out);
    out
}

const FORBIDDEN: &[&[u8]] = &[
    // The clipboard, read and set; notifications, the working directory, fonts, files, dialects of single terminals.
    b"\x1b]52;c;?\x07",
    b"\x1b]52;c;aGk=\x07",
    b"\x1b]52;c;aGk=\x1b\\",
    b"\x1b]9;hi\x07",
    b"\x1b]777;notify;a;b\x07",
    b"\x1b]7;file://x/y\x07",
    b"\x1b]50;?\x07",
    b"\x1b]1337;File=:aGk=\x07",
    b"\x1b]99;;hi\x1b\\",
    // Colours set, and links to what no browser should open.
    b"\x1b]4;1;#000000\x07",
    b"\x1b]11;rgb:0/0/0\x07",
    b"\x1b]8;;file:///etc/passwd\x07",
    b"\x1b]8;;javascript:x\x07",
    // Strings of every kind.
    b"\x1bPq#0\x1b\\",
    b"\x1bP$q\"p\x1b\\",
    b"\x1bP+q544e\x1b\\",
    b"\x1b_Gi=1\x1b\\",
    b"\x1b^x\x1b\\",
    b"\x1bXx\x1b\\",
    b"\x1bktitle\x1b\\",
    b"\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\",
    // The window: its title and size typed, moved, resized.
    b"\x1b[21t",
    b"\x1b[20t",
    b"\x1b[3;0;0t",
    b"\x1b[8;1;1t",
    b"\x1b[t",
    b"\x1b[>2t",
    b"\x1b[18;1t",
    // Answerback, locks, echo, another language, other keys, printing, checksums of the screen.
    b"\x05",
    b"\x00",
    b"\x11",
    b"\x13",
    b"\x7f",
    b"\x1b[2h",
    b"\x1b[12l",
    b"\x1b[?2l",
    b"\x1b[?3h",
    b"\x1b[?40h",
    b"\x1b[?67h",
    b"\x1b[?8l",
    b"\x1b[?1;3h",
    b"\x1b[5i",
    b"\x1b[?4i",
    b"\x1b[1;2;3;4;5;6*y",
    b"\x1b[>4;2m",
    b"\x1b[>1u",
    b"\x1b[=1u",
    b"\x1b[?u",
    b"\x1b[>q",
    b"\x1b[61\"p",
    b"\x1b G",
    b"\x1b F",
    b"\x1b%@",
    b"\x1b[0;0;0;0;0T",
    b"\x1b[=c",
    b"\x1bn",
    b"\x1bN",
    b"\x1b[!p",
    // Damaged.
    b"\x1b[1$2m",
    b"\x1b[1?h",
    b"\x1b]2;a\x01b\x07",
    b"\x1b[1\x18",
];

#[test]
fn nothing_forbidden_passes() {
    for sequence in FORBIDDEN {
        assert_eq!(passed(sequence), b"", "{:?}", String::from_utf8_lossy(sequence));
        let around = [b"a", *sequence, b"\x18b"].concat();
        assert_eq!(passed(&around), b"ab", "what is around it does: {:?}", String::from_utf8_lossy(sequence));
    }
}

#[test]
fn what_programs_draw_with_passes_unchanged() {
    let usual: &[&[u8]] = &[
        b"plain\r\n\ttext\x07\x08",
        "Grüße 漢字 😀".as_bytes(),
        b"\x1b[H\x1b[2J\x1b[3J\x1b[K",
        b"\x1b[1;31;48;5;7m\x1b[38;2;1;2;3m",
        b"\x1b[4:3m\x1b[58:2::1:2:3m",
        b"\x1b[?1049h\x1b[22;0;0t\x1b[?1h\x1b=\x1b[?2004h\x1b[?25l",
        b"\x1b[2;20r\x1bM\x1bD\x1b[5S",
        b"\x1b[?1000;1006h\x1b[?12;25h",
        b"\x1b(0lqk\x1b(B\x0e\x0f",
        b"\x1b[c\x1b[>c\x1b[6n\x1b[?2004$p",
        b"\x1b]2;title\x07",
        b"\x1b]0;title\x1b\\",
        b"\x1b]11;?\x07\x1b]4;1;?\x1b\\\x1b]104\x07",
        b"\x1b]8;id=1;https://x.example/a;b\x1b\\link\x1b]8;;\x1b\\",
        b"\x1b[2 q\x1b[18t\x1b7\x1b8\x1bc\x1b#8\x1b%G",
        b"\x1b[?2026h\x1b[?2026l\x1b[4h\x1b[20l",
    ];
    for bytes in usual {
        assert_eq!(String::from_utf8_lossy(&passed(bytes)), String::from_utf8_lossy(bytes));
    }
}

#[test]
fn control_characters_above_ascii_do_not_pass_in_any_form() {
    for code in 0x80..=0x9f_u8 {
        let raw = passed(&[b'a', code, b'b']);
        assert_eq!(raw, "a\u{fffd}b".as_bytes());
        let encoded = passed(format!("a{}b", char::from(code)).as_bytes());
        assert_eq!(encoded, b"ab");
        assert_eq!(passed(format!("\x1b]2;a{}b\x07", char::from(code)).as_bytes()), b"", "nor within a title");
        assert_eq!(passed(&[b"\x1b[", &[code][..], b"m"].concat()), "\u{fffd}m".as_bytes());
    }
}

#[test]
fn a_character_is_repeated_as_often_as_a_line_has_places() {
    assert_eq!(passed(b"x\x1b[1000b"), b"x\x1b[1000b");
    assert_eq!(passed(b"x\x1b[1001b\x1b[99999b"), b"x");
}

#[test]
fn a_sequence_within_a_string_is_no_way_round() {
    assert_eq!(passed(b"\x1b]2;a\x1b]52;c;aGk=\x07b"), b"b");
    assert_eq!(passed(b"\x1bPx\x1b[31mred\x1b\\"), b"\x1b[31mred");
    assert_eq!(passed(b"\x1b\x1b\x1b]52;c;?\x07x"), b"x");
    assert_eq!(passed(b"\x1b[\x1b]52;c;?\x07x"), b"x");
    assert_eq!(passed(b"\x1b[3\r1m"), b"\r\x1b[31m", "a control character takes effect at once");
}

#[test]
fn strings_without_an_end_pass_nothing_and_take_no_room() {
    for begin in [&b"\x1b]2;"[..], b"\x1bP", b"\x1b_", b"\x1b[", b"\x1b(", b"\x1b]52;c;"] {
        let mut filter = Filter::new(Policy { clipboard: true, ..Policy::default() });
        let mut out = Vec::new();
        filter.pass(begin, &mut out);
        for _ in 0..1_000 {
            filter.pass(&[b' '; 1_000], &mut out);
        }
        assert!(out.is_empty());
        filter.pass(b"\x07\x1b\\m", &mut out);
        assert!(out.len() <= 2, "{begin:?} {out:?}");
    }
}

#[test]
fn the_longest_title_passes_and_one_longer_does_not() {
    let title = |length: usize| format!("\x1b]2;{}\x07", "x".repeat(length)).into_bytes();
    let room = (4 << 10) - b"\x1b]2;\x07".len();
    assert_eq!(passed(&title(room)), title(room));
    assert_eq!(passed(&title(room + 1)), b"");
    let colours = |count: usize| format!("\x1b[{}m", "1".repeat(count)).into_bytes();
    assert_eq!(passed(&colours(256 - 3)), colours(256 - 3));
    assert_eq!(passed(&colours(256 - 2)), b"");
}

#[test]
fn the_clipboard_is_set_where_that_is_allowed_and_never_read() {
    let open = Policy { clipboard: true, ..Policy::default() };
    assert_eq!(passed_by(open, b"\x1b]52;c;aGk=\x07"), b"\x1b]52;c;aGk=\x07");
    assert_eq!(passed_by(open, b"\x1b]52;c;?\x07\x1b]52;c;a\x1bb\x07"), b"\x07");
    let long = format!("\x1b]52;c;{}\x07", "A".repeat(100_000));
    assert_eq!(passed_by(open, long.as_bytes()), long.as_bytes());
    let longer = format!("\x1b]52;c;{}\x07", "A".repeat(128 << 10));
    assert_eq!(passed_by(open, longer.as_bytes()), b"");
    assert_eq!(passed_by(Policy { title: false, ..open }, b"\x1b]2;x\x07\x1b[22;0tx"), b"x");
}

#[test]
fn a_terminal_that_reads_no_utf8_gets_none() {
    let plain = Policy { unicode: false, ..Policy::default() };
    assert_eq!(passed_by(plain, "aÛ漢\u{9b}31m\x1b]2;Û\x07".as_bytes()), b"a??31m");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn pieces_make_no_difference(bytes in output(), cuts in prop::collection::vec(1..7usize, 1..40)) {
        let (mut filter, mut out) = (Filter::new(Policy::default()), Vec::new());
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, more) = rest.split_at((*cut).min(rest.len()));
            filter.pass(piece, &mut out);
            rest = more;
        }
        prop_assert_eq!(out, passed(&bytes));
    }

    #[test]
    fn what_passed_passes_again_and_is_clean(bytes in prop_oneof![output(), prop::collection::vec(any::<u8>(), 0..200)]) {
        let once = passed(&bytes);
        prop_assert_eq!(&passed(&once), &once, "nothing new came into being");
        let text = String::from_utf8(once).unwrap();
        for c in text.chars() {
            prop_assert!(!c.is_control() || matches!(c, '\x07'..='\x0f' | '\x1b'), "{c:?}");
        }
        for forbidden in ["\x1bP", "\x1b_", "\x1b^", "\x1bX", "\x1b]52", "\x1b[21t", "\x1b]50"] {
            prop_assert!(!text.contains(forbidden));
        }
    }
}
