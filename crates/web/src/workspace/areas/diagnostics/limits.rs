//! Limits as sentences.

use std::time::Duration;

use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::view::Text;

/// What bounds a session here.
pub(super) fn in_words(limits: &WorkspaceLimits) -> Vec<Text> {
    let sentences = [
        format!("A session may be open in {} windows at a time.", limits.streams),
        format!("It ends after {} in which nobody does anything.", time(limits.idle_time)),
        format!("It lasts {} at most, and no longer than the node lets it.", time(limits.whole_time)),
        format!("{} things may be under way at a time; the next one is refused.", limits.commands),
        format!("{} capabilities that calls gave are kept; then some have to be released.", limits.chips),
        format!(
            "The results of the last {} calls are kept, and {} of them.",
            limits.results,
            size(limits.result_bytes)
        ),
        format!(
            "A file that is sent may have {}, and all that wait {}.",
            size(limits.upload_bytes),
            size(limits.uploads_bytes)
        ),
        format!("Files to be saved are kept up to {}.", size(limits.downloads_bytes)),
        format!("The stream of events says at least every {} that it is there.", time(limits.pulse_time)),
    ];
    sentences.iter().map(|sentence| Text::line(sentence)).collect()
}

fn time(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 3600 && seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds if seconds >= 60 && seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

fn size(bytes: usize) -> String {
    match bytes {
        bytes if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
        bytes if bytes >= 1 << 10 => format!("{} KiB", bytes >> 10),
        bytes => format!("{bytes} bytes"),
    }
}
