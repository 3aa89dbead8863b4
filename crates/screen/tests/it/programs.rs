//! What programs write, made up: text and sequences of all kinds, good and bad.

use proptest::prelude::*;

/// Bytes as a program may write them, friendly or not.
pub(crate) fn output() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..60).prop_map(|pieces| pieces.concat())
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => "[ -~]{1,12}".prop_map(String::into_bytes),
        2 => prop::sample::select(vec!["é", "漢字", "e\u{301}\u{302}", "😀", "\u{200d}", "\u{202e}x", "│"])
            .prop_map(|text| text.as_bytes().to_vec()),
        4 => prop::sample::select(vec![&b"\r\n"[..], b"\n", b"\r", b"\t", b"\x08", b"\x07", b"\x0e", b"\x0f"])
            .prop_map(<[u8]>::to_vec),
        8 => control_sequence(),
        3 => mode(),
        4 => style(),
        3 => "\x1b[78=>DEHMc\\(\\)][0B]?".prop_map(String::into_bytes),
        1 => "\x1b\\][0-9]{1,3};[ -~]{0,9}(\x07|\x1b\\\\)".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 1..9),
    ]
}

fn control_sequence() -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![4 => 0..12u32, 1 => 0..70_000u32];
    let numbers = prop::collection::vec(number, 0..3)
        .prop_map(|numbers| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(";"));
    (numbers, "[@A-MPSTXZ`abdefgnrsu]").prop_map(|(numbers, last)| format!("\x1b[{numbers}{last}").into_bytes())
}

fn mode() -> impl Strategy<Value = Vec<u8>> {
    let modes = vec![
        "?1", "?5", "?6", "?7", "?12", "?25", "?47", "?66", "?1000", "?1002", "?1003", "?1004", "?1005", "?1006",
        "?1007", "?1015", "?1034", "?1047", "?1048", "?1049", "?2004", "?2026", "4", "20",
    ];
    (prop::sample::select(modes), "[hl]").prop_map(|(mode, last)| format!("\x1b[{mode}{last}").into_bytes())
}

fn style() -> impl Strategy<Value = Vec<u8>> {
    let codes = prop_oneof![
        (0..110u8).prop_map(|code| code.to_string()),
        (any::<u8>()).prop_map(|index| format!("38;5;{index}")),
        (any::<u8>(), any::<u8>()).prop_map(|(red, blue)| format!("48;2;{red};0;{blue}")),
        (0..6u8).prop_map(|kind| format!("4:{kind}")),
        (any::<u8>()).prop_map(|index| format!("58;5;{index}")),
        (0..7u8).prop_map(|form| format!("{form} ")),
    ];
    codes.prop_map(|codes| format!("\x1b[{codes}{}", if codes.ends_with(' ') { 'q' } else { 'm' }).into_bytes())
}
