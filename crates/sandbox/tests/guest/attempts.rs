//! Attempts through ordinary means.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::Path;
use std::process::Command;

use super::{Attempt, text};

pub(super) fn read(path: &str) -> Attempt {
    let mut first = [0];
    let length = fs::File::open(path).and_then(|mut file| file.read(&mut first)).map_err(text)?;
    Ok(format!("{length} byte"))
}

pub(super) fn list(path: &str) -> Attempt {
    let mut entries = fs::read_dir(path).map_err(text)?;
    entries.next().map(|_| "an entry".into()).ok_or_else(|| "empty".into())
}

pub(super) fn write(path: &str) -> Attempt {
    fs::write(path, "evil").map(|()| "written".into()).map_err(text)
}

pub(super) fn chmod(path: &str) -> Attempt {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map(|()| "changed".into()).map_err(text)
}

/// Whether what was written there can be run.
pub(super) fn exec_from(directory: &str) -> Attempt {
    let program = Path::new(directory).join("mine");
    fs::copy("/proc/self/exe", &program).map_err(text)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).map_err(text)?;
    Command::new(&program).arg("read=/").output().map(|_| "ran".into()).map_err(text)
}

/// Runs `id -u` of another user's set-user-id copy: reached where it is somebody else.
pub(super) fn set_user(path: &str) -> Attempt {
    let own = Command::new("/usr/bin/id").arg("-u").output().map_err(text)?.stdout;
    let other = Command::new(path).arg("-u").output().map_err(text)?.stdout;
    if own == other { Err("the same user".into()) } else { Ok(String::from_utf8_lossy(&other).into_owned()) }
}

/// `DIRECTORY:BYTES` in files of 512 KiB.
pub(super) fn fill(what: &str) -> Attempt {
    let (directory, bytes) = what.split_once(':').ok_or("no size")?;
    let wanted: u64 = bytes.parse().map_err(text)?;
    let block = vec![1; 512 << 10];
    let mut written = 0;
    for number in 0.. {
        if written >= wanted {
            break;
        }
        fs::write(Path::new(directory).join(format!("fill{number}")), &block)
            .map_err(|error| format!("after {written}: {error}"))?;
        written += block.len() as u64;
    }
    Ok(written.to_string())
}

/// `PATH:BYTES` in one file; the signal that says so is ignored, as a hostile guest would.
pub(super) fn large_file(what: &str) -> Attempt {
    let (path, bytes) = what.split_once(':').ok_or("no size")?;
    super::calls::ignore_file_size_signal();
    let mut file = fs::File::create(path).map_err(text)?;
    let wanted: usize = bytes.parse().map_err(text)?;
    file.write_all(&vec![1; wanted]).map(|()| "written".into()).map_err(text)
}

pub(super) fn open_files(count: &str) -> Attempt {
    let count: usize = count.parse().map_err(text)?;
    let mut held = Vec::new();
    while held.len() < count {
        held.push(fs::File::open("/dev/null").map_err(|error| format!("after {}: {error}", held.len()))?);
    }
    Ok("all".into())
}

pub(super) fn environment(name: &str) -> Attempt {
    std::env::var(name).map(|_| "set".into()).map_err(text)
}

/// Whether there is an open descriptor from this number on.
pub(super) fn descriptors(from: &str) -> Attempt {
    let from: i32 = from.parse().map_err(text)?;
    // The directory that is read is itself one, the lowest that was free.
    let open: Vec<i32> = fs::read_dir("/proc/self/fd")
        .map_err(text)?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|number| *number >= from)
        .collect();
    if open.len() <= 1 { Err("none".into()) } else { Ok(format!("{open:?}")) }
}

/// A line of what the kernel says of this process.
pub(super) fn status(field: &str) -> Attempt {
    let status = fs::read_to_string("/proc/self/status").map_err(text)?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(":\t"));
    line.map(str::to_owned).ok_or_else(|| "no such line".into())
}

pub(super) fn tcp(address: &str) -> Attempt {
    TcpStream::connect(address).map(|_| "connected".into()).map_err(text)
}

pub(super) fn udp(address: &str) -> Attempt {
    let socket = UdpSocket::bind("127.0.0.1:0").map_err(text)?;
    socket.send_to(b"x", address).map(|_| "sent".into()).map_err(text)
}

pub(super) fn unix(path: &str) -> Attempt {
    UnixStream::connect(path).map(|_| "connected".into()).map_err(text)
}

pub(super) fn abstract_socket(name: &str) -> Attempt {
    let address = SocketAddr::from_abstract_name(name).map_err(text)?;
    UnixStream::connect_addr(&address).map(|_| "connected".into()).map_err(text)
}
