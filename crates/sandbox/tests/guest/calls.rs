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

/// Long enough for a test; an ordinary user may keep 200 keys, and the host's keyring outlives every run.
const KEY_SECONDS: libc::c_long = 60;

pub(super) fn plant_key(name: &str) -> Attempt {
    const SET_TIMEOUT: libc::c_long = 15;
    let name = CString::new(name).map_err(text)?;
    // SAFETY: the strings and the payload outlive the call.
    let planted = unsafe {
        libc::syscall(libc::SYS_add_key, c"user".as_ptr(), name.as_ptr(), c"secret".as_ptr(), 6usize, USER_KEYRING)
    };
    // SAFETY: only numbers are passed.
    unsafe { libc::syscall(libc::SYS_keyctl, SET_TIMEOUT, planted, KEY_SECONDS) };
    answered(planted)
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

/// A copy of itself in new namespaces.
pub(super) fn copy(flag: &str) -> Attempt {
    let flag: libc::c_long = flag.parse().map_err(text)?;
    // SAFETY: without a stack of its own the copy is a fork; this program has one thread.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flag | libc::c_long::from(libc::SIGCHLD), 0, 0, 0, 0) };
    if pid == 0 {
        // SAFETY: ends the copy without running anything of this one's.
        unsafe { libc::_exit(0) }
    }
    answered(pid)
}

pub(super) fn personality(what: &str) -> Attempt {
    let what: libc::c_ulong = what.parse().map_err(text)?;
    // SAFETY: no memory is passed.
    answered(unsafe { libc::personality(what) }.into())
}

/// `/dev/null` by another name.
pub(super) fn device(path: &str) -> Attempt {
    let path = CString::new(path).map_err(text)?;
    // SAFETY: the path outlives the call.
    answered(unsafe { libc::mknod(path.as_ptr(), libc::S_IFCHR | 0o666, libc::makedev(1, 3)) }.into())
}

pub(super) fn fifo(path: &str) -> Attempt {
    let path = CString::new(path).map_err(text)?;
    // SAFETY: the path outlives the call.
    answered(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }.into())
}

/// Everybody that this process may signal.
pub(super) fn kill_all() -> Attempt {
    // SAFETY: no memory is passed.
    answered(unsafe { libc::kill(-1, libc::SIGKILL) }.into())
}

/// Forks until it cannot, says so, and keeps what it has.
pub(super) fn hold_forks() -> Attempt {
    for count in 0.. {
        // SAFETY: this program has one thread.
        match unsafe { libc::fork() } {
            // SAFETY: waits for the signal that ends it.
            0 => loop {
                unsafe { libc::pause() };
            },
            -1 => {
                println!("full after {count}");
                break;
            }
            _ => {}
        }
    }
    loop {
        // SAFETY: waits for the signal that ends it.
        unsafe { libc::pause() };
    }
}

/// Runs a program that is only in memory.
pub(super) fn run_memory(program: &str) -> Attempt {
    let bytes = std::fs::read(program).map_err(text)?;
    // SAFETY: the name outlives the call.
    let file = unsafe { libc::memfd_create(c"program".as_ptr(), 0) };
    if file < 0 {
        return Err(io::Error::last_os_error().to_string());
    }
    std::fs::write(format!("/proc/self/fd/{file}"), bytes).map_err(text)?;
    let done = std::process::Command::new(format!("/proc/self/fd/{file}")).status().map_err(text)?;
    if done.success() { Ok("ran".into()) } else { Err(done.to_string()) }
}

/// A terminal of its own, and its number.
pub(super) fn terminal() -> Attempt {
    // SAFETY: the flags are numbers; the descriptor is its own.
    unsafe {
        let master = libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY);
        let mut name = [0; 64];
        if master < 0 || libc::unlockpt(master) < 0 || libc::ptsname_r(master, name.as_mut_ptr(), name.len()) != 0 {
            return Err(io::Error::last_os_error().to_string());
        }
        let slave = libc::open(name.as_ptr(), libc::O_RDWR | libc::O_NOCTTY);
        if slave < 0 {
            return Err(io::Error::last_os_error().to_string());
        }
        Ok(std::ffi::CStr::from_ptr(name.as_ptr()).to_string_lossy().into_owned())
    }
}

/// Types a letter into the terminal that it makes its own.
pub(super) fn typing() -> Attempt {
    // SAFETY: the flags are numbers; the letter outlives the call.
    unsafe {
        libc::setsid();
        let master = libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY);
        let mut name = [0; 64];
        if master < 0 || libc::unlockpt(master) < 0 || libc::ptsname_r(master, name.as_mut_ptr(), name.len()) != 0 {
            return Err(io::Error::last_os_error().to_string());
        }
        let slave = libc::open(name.as_ptr(), libc::O_RDWR);
        answered(libc::ioctl(slave, libc::TIOCSTI, c"x".as_ptr()).into())
    }
}

/// A socket on which packets are made by hand.
pub(super) fn raw() -> Attempt {
    // SAFETY: no memory is passed.
    answered(unsafe { libc::socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP) }.into())
}
