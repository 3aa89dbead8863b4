//! What a verb needs on the machine: Debian packages, and Python's and Node's packages in places of their own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::run;

/// How a fresh machine is asked whether something is there, and what brings it.
pub(crate) struct Need {
    package: &'static str,
    probe: Probe,
}

enum Probe {
    /// A program that ends well with these arguments.
    Runs(&'static str, &'static [&'static str]),
    /// A file.
    File(&'static str),
}

/// The schema compiler and the standard schema files it imports.
pub(crate) const SCHEMA_COMPILER: &[Need] = &[
    Need { package: "capnproto", probe: Probe::Runs("capnp", &["--version"]) },
    Need { package: "libcapnp-dev", probe: Probe::File("/usr/include/capnp/stream.capnp") },
];

/// The fuzzing engine is C++.
pub(crate) const FUZZER: &[Need] = &[Need { package: "g++", probe: Probe::Runs("c++", &["--version"]) }];

/// What signing in is set against.
pub(crate) const SSHD: &[Need] = &[
    Need { package: "openssh-server", probe: Probe::File("/usr/sbin/sshd") },
    Need { package: "openssh-client", probe: Probe::Runs("ssh", &["-V"]) },
];

/// What people sign their challenges with; the tests have it make real signatures.
pub(crate) const SSH: &[Need] = &[Need { package: "openssh-client", probe: Probe::Runs("ssh", &["-V"]) }];

/// A Python that can make virtual environments.
const PYTHON: &[Need] =
    &[Need { package: "python3-venv", probe: Probe::Runs("python3", &["-c", "import ensurepip, venv"]) }];

/// The Python client library that the end-to-end tests speak through, and a TLS that gives its channel binding, which
/// Python's own does not.
const PYTHON_PACKAGES: &[&str] = &["pycapnp==2.2.4", "pyOpenSSL==26.4.0", "cryptography==50.0.2"];

/// A JavaScript engine that the official Cap'n Web package runs in, and what installs packages.
const NODE: &[Need] = &[
    Need {
        package: "nodejs",
        probe: Probe::Runs("node", &["-e", "process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)"]),
    },
    Need { package: "npm", probe: Probe::Runs("npm", &["--version"]) },
];

/// The browser that the workspace is tested in.
const BROWSER: &[Need] = &[Need { package: "chromium", probe: Probe::Runs("chromium", &["--version"]) }];

/// Node packages, each named with its hash, and where they are put.
struct NodeProject {
    folder: &'static str,
    home: &'static str,
}

/// What the tests and benchmarks of Cap'n Web run.
const OF_CAPNWEB: NodeProject = NodeProject { folder: "crates/capnweb/conformance", home: "conformance-node" };

/// What drives the browser, and checks the pages.
const OF_BROWSER: NodeProject = NodeProject { folder: "tests/e2e/browser", home: "browser-node" };

impl Need {
    fn is_met(&self) -> bool {
        match self.probe {
            Probe::File(path) => Path::new(path).exists(),
            Probe::Runs(program, arguments) => Command::new(program)
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
        }
    }
}

/// Installs what is missing, or says in one line what to install.
pub(crate) fn ensure_packages(needs: &[Need]) -> anyhow::Result<()> {
    let packages: Vec<&str> = missing(needs);
    if packages.is_empty() {
        return Ok(());
    }
    if !may_install() {
        bail!("missing; as root: apt-get install {}", packages.join(" "));
    }
    install(&packages)?;
    let still: Vec<&str> = missing(needs);
    if !still.is_empty() {
        bail!("installed, yet not found: {}", still.join(" "));
    }
    Ok(())
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    let unmet = needs.iter().filter(|need| !need.is_met());
    unmet.map(|need| need.package).collect()
}

fn may_install() -> bool {
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    is_root && Path::new("/usr/bin/apt-get").exists()
}

fn install(packages: &[&str]) -> anyhow::Result<()> {
    retried(|| run::show(apt_get().arg("update")))?;
    retried(|| run::show(apt_get().args(["install", "--yes", "--no-install-recommends"]).args(packages)))
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        // Another installer on a machine that is just starting lets go within minutes.
        .args(["-q", "-o", "DPkg::Lock::Timeout=300"])
        .stdin(Stdio::null());
    command
}

/// Tries thrice: the network, and the lock on the package lists (which has no time-out of its own), may be away for a moment.
fn retried(attempt: impl Fn() -> anyhow::Result<()>) -> anyhow::Result<()> {
    for pause in [5, 20] {
        match attempt() {
            Ok(()) => return Ok(()),
            Err(error) => eprintln!("{error:#}; trying again in {pause} s"),
        }
        std::thread::sleep(Duration::from_secs(pause));
    }
    attempt()
}

/// A Python interpreter with the packages that the end-to-end tests import.
pub(crate) fn python() -> anyhow::Result<PathBuf> {
    let home = run::target().join("e2e-python");
    let python = home.join("bin/python");
    let stamp = home.join("installed.txt");
    let wanted = PYTHON_PACKAGES.join("\n");
    let is_ready = std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted);
    if is_ready && python.exists() {
        return Ok(python);
    }
    ensure_packages(PYTHON)?;
    if home.exists() {
        std::fs::remove_dir_all(&home)?;
    }
    run::show(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    retried(|| {
        run::show(
            Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--no-input"])
                .args(["--disable-pip-version-check", "--only-binary=:all:"])
                .args(PYTHON_PACKAGES)
                .stdin(Stdio::null()),
        )
    })?;
    // Written last: a half-made environment has no stamp and is made again.
    std::fs::write(&stamp, wanted)?;
    Ok(python)
}

/// The official Cap'n Web package and what it needs, as a folder of modules.
pub(crate) fn node_modules() -> anyhow::Result<PathBuf> {
    OF_CAPNWEB.modules()
}

/// What drives a browser, with the browser itself, as a folder of modules.
pub(crate) fn browser_modules() -> anyhow::Result<PathBuf> {
    ensure_packages(BROWSER)?;
    OF_BROWSER.modules()
}

impl NodeProject {
    /// The folder of modules, once all of them are there.
    fn modules(&self) -> anyhow::Result<PathBuf> {
        let home = run::target().join(self.home);
        let modules = home.join("node_modules");
        let stamp = home.join("installed.json");
        let project = run::root().join(self.folder);
        let wanted = std::fs::read_to_string(project.join("package-lock.json"))?;
        ensure_packages(NODE).context("Node 20 or newer, with npm")?;
        let is_ready = std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted);
        if is_ready && modules.exists() {
            return Ok(modules);
        }
        if home.exists() {
            std::fs::remove_dir_all(&home)?;
        }
        std::fs::create_dir_all(&home)?;
        for file in ["package.json", "package-lock.json"] {
            std::fs::copy(project.join(file), home.join(file))?;
        }
        retried(|| {
            run::show(
                Command::new("npm")
                    .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
                    .current_dir(&home)
                    .stdin(Stdio::null()),
            )
        })?;
        // Written last, as Python's is.
        std::fs::write(&stamp, wanted)?;
        Ok(modules)
    }
}
