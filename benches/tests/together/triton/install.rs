//! Triton without a GPU and without a container: the server in NVIDIA's wheel for Python.
//!
//! The wheel holds the server, its backend for models in Python, and one *stub* for each version of
//! Python, which loads `libpython` and runs the model. So beside pip it needs `libpython` as a
//! shared library: on Debian a package of its own.

use std::env::consts::{ARCH, OS};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{FlockOperation, flock};
use serde::Deserialize;

use crate::foreign::complete;

/// Version of nvidia-pytriton, which holds tritonserver 2.51.
const PYTRITON: &str = "0.7.0";
const NUMPY: &str = "1.26.4";
/// By the tag of the wheel.
const GLIBC: (u32, u32) = (2, 35);
/// Those that have both a stub in the wheel and a wheel of numpy.
const PYTHONS: [&str; 4] = ["3.9", "3.10", "3.11", "3.12"];

/// Why there is no Triton.
#[derive(Debug)]
pub(crate) enum Missing {
    /// The wheel cannot run on such a machine.
    Platform(String),
    /// It could run; this is what keeps it.
    Mendable(String),
}

/// An environment with Triton in it.
#[derive(Debug)]
pub(crate) struct Installation {
    folder: PathBuf,
    interpreter: Interpreter,
}

impl Installation {
    /// Makes it below `parent`, where it is not there yet. Whoever else makes the same waits.
    pub(crate) fn below(parent: &Path) -> Result<Self, Missing> {
        let interpreter = Interpreter::find()?;
        let name = format!("triton-{PYTRITON}-python{}", interpreter.version);
        let folder = parent.join(&name);
        let made = Self { folder, interpreter };
        made.make(&parent.join(format!("{name}.lock"))).map_err(Missing::Mendable)?;
        Ok(made)
    }

    fn make(&self, lock: &Path) -> Result<(), String> {
        let told = |error: std::io::Error| format!("{}: {error}", self.folder.display());
        // Held until the file is closed, by the end of the process at the latest.
        let lock = File::create(lock).map_err(told)?;
        flock(&lock, FlockOperation::LockExclusive).map_err(|error| told(error.into()))?;
        // Written last, so that it stands for a whole environment.
        let whole = self.folder.join("whole");
        if whole.exists() {
            return Ok(());
        }
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).map_err(told)?;
        }
        complete(Command::new(&self.interpreter.program).args(["-m", "venv"]).arg(&self.folder))?;
        complete(
            // Without what only its Python side needs.
            Command::new(self.python())
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(["--retries", "2", "--no-deps", "--only-binary", ":all:"])
                .args([format!("nvidia-pytriton=={PYTRITON}"), format!("numpy=={NUMPY}")]),
        )?;
        let stub = "triton_python_backend_stub";
        let stubs = self.server_folder().join("python_backend_stubs");
        let stub_here = self.server_folder().join("backends/python").join(stub);
        fs::copy(stubs.join(&self.interpreter.version).join(stub), stub_here).map_err(told)?;
        File::create(whole).map_err(told)?;
        Ok(())
    }

    fn server_folder(&self) -> PathBuf {
        let version = &self.interpreter.version;
        self.folder.join(format!("lib/python{version}/site-packages/pytriton/tritonserver"))
    }

    pub(crate) fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    pub(crate) fn server(&self) -> PathBuf {
        self.server_folder().join("bin/tritonserver")
    }

    pub(crate) fn backends(&self) -> PathBuf {
        self.server_folder().join("backends")
    }

    /// What the processes need of their environment.
    pub(crate) fn prepare(&self, command: &mut Command) {
        // A stub looks for its modules where the first Python of the path has them.
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(self.folder.join("bin")).chain(std::env::split_paths(&others));
        command
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("LD_LIBRARY_PATH", &self.interpreter.libraries)
            .env("CUDA_VISIBLE_DEVICES", "")
            .env_remove("PYTHONHOME")
            .env_remove("PYTHONPATH");
    }
}

/// A Python that the wheel has a stub for, and whose library can be loaded.
#[derive(Debug)]
struct Interpreter {
    program: String,
    version: String,
    /// The folder of its libraries.
    libraries: PathBuf,
}

/// What an interpreter says of itself.
#[derive(Deserialize)]
struct Told {
    version: String,
    libraries: PathBuf,
    /// For example `glibc 2.36`.
    libc: Option<String>,
}

const TELL: &str = r#"
import json, os, sys, sysconfig
names = os.confstr_names
libc = os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in names else None
version = "%d.%d" % sys.version_info[:2]
libraries = sysconfig.get_config_var("LIBDIR")
print(json.dumps({"version": version, "libraries": libraries, "libc": libc}))
"#;

impl Interpreter {
    fn find() -> Result<Self, Missing> {
        if (OS, ARCH) != ("linux", "x86_64") {
            return Err(Missing::Platform(format!(
                "its wheel is for x86_64 Linux, not {ARCH} {OS}"
            )));
        }
        let named = PYTHONS.iter().rev().map(|version| format!("python{version}"));
        let mut reasons = Vec::new();
        for program in std::iter::once("python3".to_owned()).chain(named) {
            match Self::of(&program) {
                Err(Missing::Mendable(why)) => reasons.push(why),
                found => return found,
            }
        }
        Err(Missing::Mendable(format!(
            "it needs one of Python {}: {}",
            PYTHONS.join(", "),
            reasons.join("; ")
        )))
    }

    fn of(program: &str) -> Result<Self, Missing> {
        let told = Command::new(program).args(["-c", TELL]).output();
        let told = told.map_err(|error| Missing::Mendable(format!("{program}: {error}")))?;
        let Ok(told) = serde_json::from_slice::<Told>(&told.stdout) else {
            return Err(Missing::Mendable(format!("{program} does not run")));
        };
        let Told { version, libraries, libc } = told;
        let libc = libc.unwrap_or_else(|| "another libc".to_owned());
        if version_of_glibc(&libc).is_none_or(|version| version < GLIBC) {
            let (major, minor) = GLIBC;
            return Err(Missing::Platform(format!("it needs glibc {major}.{minor}, not {libc}")));
        }
        if !PYTHONS.contains(&version.as_str()) {
            return Err(Missing::Mendable(format!("{program} is {version}")));
        }
        // As the stub loads it: by name, from the folder of the interpreter or of the system.
        let load = format!("import ctypes; ctypes.CDLL('libpython{version}.so.1.0')");
        let mut load_it = Command::new(program);
        load_it.args(["-c", &load]).env("LD_LIBRARY_PATH", &libraries);
        if complete(&mut load_it).is_err() {
            return Err(Missing::Mendable(format!(
                "{program} has no libpython{version}.so.1.0 (apt-get install libpython{version})"
            )));
        }
        Ok(Self { program: program.to_owned(), version, libraries })
    }
}

fn version_of_glibc(told: &str) -> Option<(u32, u32)> {
    let (major, minor) = told.strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}

#[test]
fn versions_of_glibc_are_read_and_compared_as_numbers() {
    for (told, expected) in [
        ("glibc 2.36", Some((2, 36))),
        ("glibc 2.35.1", Some((2, 35))),
        ("another libc", None),
        ("glibc", None),
    ] {
        assert_eq!(version_of_glibc(told), expected, "{told}");
    }
    assert!(version_of_glibc("glibc 2.100") > version_of_glibc("glibc 2.36"));
}
