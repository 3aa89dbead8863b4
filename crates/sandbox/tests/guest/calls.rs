//! Attempts by system calls that no ordinary program makes.

#![expect(unsafe_code, reason = "a hostile guest makes the very calls that libraries keep from it")]

use std::ffi::CString;
use std::io;

use super::{Attempt, text};

fn answered(result: libc::c_long) -> Attempt {
    if result < 0 { Err(io::Error::last_os_error().to_string()) } else { Ok(result.to_string()) }
}

pub(super) fn family(number: &str) -> Attempt {
    let number: i32 = number.parse().map_err(text)?;
    let kind = if number == libc::AF_PACKET || number == libc::AF_NETLINK { libc::SOCK_RAW } else { libc::SOCK_STREAM };
    // SAFETY: no memory is passed.
    answered(unsafe { libc::socket(number, kind, 0) }.into())
}

/// Signal 0: asks whether it could be sent.
pub(super) fn signal(pid: &str) -> Attempt {
    let pid = pid.parse().map_err(text)?;
    // SAFETY: no memory is passed.
    answered(unsafe { libc::kill(pid, 0) }.into())
}

pub(super) fn trace(pid: &str) -> Attempt {
    let pid: i32 = pid.parse().map_err(text)?;
    // SAFETY: seizing passes no memory.
    answered(unsafe { libc::ptrace(libc::PTRACE_SEIZE, pid, 0, 0) })
}

const USER_KEYRING: libc::c_long = -4;
const SESSION_KEYRING: libc::c_long = -3;

pub(super) fn plant_key(name: &str) -> Attempt {
    let name = CString::new(name).map_err(text)?;
    // SAFETY: the strings and the payload outlive the call.
    answered(unsafe {
        libc::syscall(libc::SYS_add_key, c"user".as_ptr(), name.as_ptr(), c"secret".as_ptr(), 6usize, USER_KEYRING)
    })
}

pub(super) fn key(name: &str) -> Attempt {
    const SEARCH: libc::c_long = 10;
    let name = CString::new(name).map_err(text)?;
    let search = |ring: libc::c_long| {
        // SAFETY: the strings outlive the call.
        answered(unsafe { libc::syscall(libc::SYS_keyctl, SEARCH, ring, c"user".as_ptr(), name.as_ptr(), 0usize) })
    };
    search(SESSION_KEYRING).or_else(|_| search(USER_KEYRING))
}

pub(super) fn key_number(number: &str) -> Attempt {
    const DESCRIBE: libc::c_long = 6;
    let number: libc::c_long = number.parse().map_err(text)?;
    // SAFETY: without a buffer the kernel only says how long the answer would be.
    answered(unsafe { libc::syscall(libc::SYS_keyctl, DESCRIBE, number, 0usize, 0usize) })
}

/// A call by its number with arguments that mean nothing: reached where the kernel looked at them.
pub(super) fn call(number: &str) -> Attempt {
    let number: libc::c_long = number.parse().map_err(text)?;
    // SAFETY: pointers of -1 are refused by every call that would read or write there.
    let result = unsafe { libc::syscall(number, -1, -1, -1, -1, -1, -1) };
    let error = io::Error::last_os_error();
    let withheld = [libc::EPERM, libc::ENOSYS].map(Some).contains(&error.raw_os_error());
    if result < 0 && withheld { Err(error.to_string()) } else { Ok(format!("{result}, {error}")) }
}

/// On what is no terminal: reached where it is that which is said.
pub(super) fn ioctl(request: &str) -> Attempt {
    let request: u32 = request.parse().map_err(text)?;
    // SAFETY: a byte to read outlives the call.
    let result = unsafe { libc::ioctl(0, request.into(), b"x".as_ptr()) };
    let error = io::Error::last_os_error();
    if result < 0 && error.raw_os_error() == Some(libc::EPERM) { Err(error.to_string()) } else { Ok(error.to_string()) }
}

pub(super) fn namespace(flag: &str) -> Attempt {
    let flag: i32 = flag.parse().map_err(text)?;
    // SAFETY: no memory is passed.
    answered(unsafe { libc::unshare(flag) }.into())
}

/// Copies of itself that wait, up to a number.
pub(super) fn forks(count: &str) -> Attempt {
    let count: u32 = count.parse().map_err(text)?;
    let mut children = Vec::new();
    let mut outcome = Ok("all".to_owned());
    while children.len() < count as usize {
        // SAFETY: this program has one thread.
        match unsafe { libc::fork() } {
            // SAFETY: waits for the signal that ends it.
            0 => loop {
                unsafe { libc::pause() };
            },
            -1 => {
                outcome = Err(format!("after {}: {}", children.len(), io::Error::last_os_error()));
                break;
            }
            child => children.push(child),
        }
    }
    for child in children {
        // SAFETY: its own children; no memory is passed but none.
        unsafe {
            libc::kill(child, libc::SIGKILL);
            libc::waitpid(child, std::ptr::null_mut(), 0);
        }
    }
    outcome
}

/// Takes and touches memory, in blocks.
pub(super) fn memory(bytes: &str) -> Attempt {
    let bytes: usize = bytes.parse().map_err(text)?;
    let mut held = Vec::new();
    for _ in 0..bytes.div_ceil(1 << 20) {
        held.push(vec![1u8; 1 << 20]);
    }
    Ok(format!("{} MiB", held.len()))
}

/// Leaves a grandchild behind, apart from every session and group, that would live for ever.
pub(super) fn orphan() -> Attempt {
    // SAFETY: this program has one thread; both copies only wait or end.
    unsafe {
        if libc::fork() == 0 {
            libc::setsid();
            if libc::fork() == 0 {
                loop {
                    libc::pause();
                }
            }
            libc::_exit(0);
        }
    }
    Ok("left".into())
}

pub(super) fn ignore_file_size_signal() {
    // SAFETY: no handler is installed.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}
