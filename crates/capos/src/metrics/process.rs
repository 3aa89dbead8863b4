//! What this process costs, as the kernel tells.

use std::fs;
use std::time::{Duration, Instant};

/// Clock ticks a second in what the kernel tells; the same on every Linux that this runs on.
const TICKS: f64 = 100.0;

/// Figures of this process; what the kernel does not tell is not there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Process {
    pub(crate) resident_bytes: Option<u64>,
    pub(crate) threads: Option<u64>,
    pub(crate) cpu_seconds: Option<f64>,
    pub(crate) open_files: Option<usize>,
    pub(crate) uptime: Duration,
}

impl Process {
    /// The figures of this moment.
    pub(crate) fn look(started: Instant) -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        Self {
            resident_bytes: number_after(&status, "VmRSS:").and_then(|kib| kib.checked_mul(1024)),
            threads: number_after(&status, "Threads:"),
            cpu_seconds: cpu_seconds(&stat),
            // The directory that is being read is one of them.
            open_files: fs::read_dir("/proc/self/fd").ok().map(|entries| entries.count().saturating_sub(1)),
            uptime: started.elapsed(),
        }
    }
}

fn number_after(status: &str, name: &str) -> Option<u64> {
    let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

/// The fields behind the name, which is in brackets and may have anything in it.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some((f64::from(user) + f64::from(system)) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_of_this_process() {
        let process = Process::look(Instant::now());
        assert!(process.resident_bytes.is_some_and(|bytes| bytes > 1 << 20));
        assert!(process.threads.is_some_and(|threads| threads >= 1));
        assert!(process.cpu_seconds.is_some() && process.open_files.is_some_and(|files| files >= 3));
    }

    #[test]
    fn a_name_with_brackets_does_not_confuse() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 1";
        assert_eq!(cpu_seconds(stat), Some(2.0));
    }
}
