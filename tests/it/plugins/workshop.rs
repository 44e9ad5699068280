//! Where plugins are written and built in tests: an empty folder with `recoup` in the path. What
//! their tools need is kept between runs, in the user's cache folder.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::world;

/// As in `tests/all.sh`.
fn cache() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let of_home = |home: OsString| Path::new(&home).join(".cache");
    let user = set("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| set("HOME").map(of_home));
    user.map_or_else(|| env!("CARGO_TARGET_TMPDIR").into(), |user| user.join("recoup"))
}

/// What plugins in Rust compile into: what they depend on is compiled once, not in every test.
pub fn shared_target() -> PathBuf {
    let target = cache().join("new-plugins");
    fs::create_dir_all(&target).unwrap();
    target
}

/// The versions that recoup itself is built with, for a crate that is made here.
pub const LOCK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock");

/// Says that something could not be tried. `tests/all.sh` gathers what is said.
pub fn not_run(what: &str, why: &str) {
    println!("NOT RUN: {what}: {why}");
    let Some(file) = std::env::var_os("RECOUPTEST_NOT_RUN") else {
        return;
    };
    let mut file = fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    writeln!(file, "{what}: {why}").unwrap();
}

fn mark(hash: Sha256) -> String {
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A folder for a tool's packages, made once for each list of them. None: they are not to be had.
pub fn packages(
    name: &str,
    list: &str,
    install: impl Fn(&Path) -> Vec<Command>,
) -> Option<PathBuf> {
    let folder = cache().join(format!("{name}-{}", mark(Sha256::new().chain_update(list))));
    if folder.join("complete").is_file() {
        return Some(folder);
    }
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for mut command in install(&folder) {
        let why = match command.output() {
            Ok(output) if output.status.success() => continue,
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        let last = why.lines().last().unwrap_or_default();
        let program = command.get_program().to_string_lossy();
        not_run(name, &format!("its packages could not be installed with {program}: {last}"));
        return None;
    }
    fs::write(folder.join("complete"), "").unwrap();
    Some(folder)
}

/// Where the component that was built of these files is kept.
pub fn built_of(folder: &Path, name: &str) -> PathBuf {
    let mut hash = Sha256::new();
    add_files(folder, &mut hash);
    let place = cache().join("built-plugins");
    fs::create_dir_all(&place).unwrap();
    place.join(format!("{name}-{}.wasm", mark(hash)))
}

fn add_files(folder: &Path, hash: &mut Sha256) {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        hash.update(path.file_name().unwrap().as_encoded_bytes());
        if path.is_dir() {
            add_files(&path, hash);
        } else {
            hash.update(Sha256::digest(fs::read(&path).unwrap()));
        }
    }
}

/// Keeps what was built. Others may do so at the same time.
pub fn keep(component: &Path, kept: &Path) {
    let beside = kept.with_extension(std::process::id().to_string());
    fs::copy(component, &beside).unwrap();
    fs::rename(&beside, kept).unwrap();
}

pub struct Workshop {
    path: PathBuf,
    /// Removed with it; None: stays, as what is compiled goes by where a crate lies.
    _temporary: Option<TempDir>,
}

impl Workshop {
    pub fn new() -> Workshop {
        let folder = tempfile::tempdir().unwrap();
        Workshop { path: folder.path().to_owned(), _temporary: Some(folder) }
    }

    /// For crates: at the same place every time, so that `shared_target` does not grow.
    pub fn at(story: &str) -> Workshop {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(story);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Workshop { path, _temporary: None }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A program in the folder, with `recoup` in the path.
    pub fn command(&self, program: &str) -> Command {
        let recoup = Path::new(env!("CARGO_BIN_EXE_recoup")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env("PATH", format!("{}:{path}", recoup.display()))
            .env("RECOUP_PLUGINS__CACHE_DIR", world::cache_dir())
            .env("RECOUP_LOG__LEVEL", "warn");
        // What cargo says to the tests is not meant for a crate that they make.
        for (key, _) in std::env::vars() {
            let is_cargos = key.starts_with("CARGO_") && key != "CARGO_HOME";
            if is_cargos || key == "RUSTFLAGS" || key == "RUSTC_WRAPPER" {
                command.env_remove(key);
            }
        }
        // Quickly made is enough: what they do is the same.
        for (setting, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("OPT_LEVEL", "1")] {
            command.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
        }
        command
    }

    pub fn recoup(&self, arguments: &[&str]) -> Output {
        self.command("recoup").args(arguments).output().unwrap()
    }

    /// Runs it, and fails with what it said if it does.
    pub fn run(&self, command: &mut Command) -> String {
        let output = command.output().unwrap();
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{command:?}\n{out}\n{told}");
        out
    }
}
