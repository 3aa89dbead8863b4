//! The guest as a node of its own, for what a node hands down without meaning to.

#![expect(unsafe_code, reason = "keyrings have no wrapper")]

use std::ffi::CString;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use capos_sandbox::{Descriptors, HostUser, Mechanism, Plan, ProcessLimits, Strictness, Zygote};

use super::{Attempt, calls, text};

/// With a key in a session keyring of its own, starts a process that looks for it, and hands on what that says.
pub(super) fn with_key(name: &str) -> Attempt {
    const JOIN_SESSION_KEYRING: libc::c_long = 1;
    const SESSION_KEYRING: libc::c_long = -3;
    let key = CString::new(name).map_err(text)?;
    // SAFETY: without a name the kernel reads no memory; the strings and the payload outlive the second call.
    let planted = unsafe {
        libc::syscall(libc::SYS_keyctl, JOIN_SESSION_KEYRING, 0usize);
        libc::syscall(libc::SYS_add_key, c"user".as_ptr(), key.as_ptr(), c"secret".as_ptr(), 6usize, SESSION_KEYRING)
    };
    if planted < 0 {
        return Ok(format!("the key was not planted: {}", std::io::Error::last_os_error()));
    }
    calls::key(name).or_else(|why| Ok::<_, String>(format!("its own key is not found: {why}")))?;
    let said = inside(&format!("key={name}"))?;
    if said.contains("refused") { Err(said) } else { Ok(said) }
}

/// What one attempt says inside; without the list of system calls, which would refuse most of them too.
pub(super) fn inside(argument: &str) -> Result<String, String> {
    let program = std::env::current_exe().map_err(text)?;
    let zygote = Zygote::start_lacking(&program, &[Mechanism::Seccomp]).map_err(text)?;
    let (mut read, write) = std::io::pipe().map_err(text)?;
    let err = OwnedFd::from(write.try_clone().map_err(text)?);
    let descriptors = Descriptors { sockets: Vec::new(), out: write.into(), err };
    let plan = plan(program, argument);
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(text)?;
    let _process = runtime.block_on(zygote.spawn(&plan, descriptors)).map_err(text)?;
    let mut said = String::new();
    read.read_to_string(&mut said).map_err(text)?;
    Ok(said)
}

fn plan(program: PathBuf, argument: &str) -> Plan {
    Plan {
        name: "looking".into(),
        arguments: vec![argument.to_owned()],
        temporary_bytes: 1 << 20,
        limits: ProcessLimits {
            memory_bytes: 64 << 20,
            processes: 4,
            open_files: 64,
            cpu_weight: 100,
            file_bytes: 1 << 20,
        },
        strictness: Strictness::BestEffort,
        user: nix::unistd::geteuid().is_root().then_some(HostUser { uid: 61234, gid: 61234 }),
        ..Plan::new(program)
    }
}

/// Starts a process that would live for ever, with this one's output, and waits to be killed.
pub(super) fn hold() -> Attempt {
    let program = std::env::current_exe().map_err(text)?;
    let zygote = Zygote::start(&program).map_err(text)?;
    let out = || std::io::stdout().as_fd().try_clone_to_owned().map_err(text);
    let descriptors = Descriptors { sockets: Vec::new(), out: out()?, err: out()? };
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(text)?;
    let _process = runtime.block_on(zygote.spawn(&plan(program, "sleep"), descriptors)).map_err(text)?;
    loop {
        std::thread::park();
    }
}

/// What a service in Rust does: a runtime with an inherited or own Unix socket, timers, threads and files.
pub(super) fn runtime(directory: &str) -> Attempt {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(text)?;
    runtime.block_on(async {
        let path = format!("{directory}/socket");
        let listener = tokio::net::UnixListener::bind(&path).map_err(text)?;
        let (near, far) = tokio::join!(tokio::net::UnixStream::connect(&path), listener.accept());
        let (near, (far, _)) = (near.map_err(text)?, far.map_err(text)?);
        near.writable().await.map_err(text)?;
        near.try_write(b"hello").map_err(text)?;
        far.readable().await.map_err(text)?;
        let mut heard = [0; 5];
        far.try_read(&mut heard).map_err(text)?;
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        let threads = tokio::task::spawn_blocking(|| std::thread::available_parallelism().map_or(0, usize::from));
        let parallelism = threads.await.map_err(text)?;
        Ok(format!("{} of {parallelism}", String::from_utf8_lossy(&heard)))
    })
}
