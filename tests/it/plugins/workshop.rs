//! Where plugins are written and built in tests: an empty folder with `recoup` in the path. What
//! their tools need is kept between runs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::world;

pub struct Workshop {
    folder: TempDir,
}

/// What plugins in Rust compile into: the SDK is compiled once, not for every test.
pub fn shared_target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-plugins")
}

impl Workshop {
    pub fn new() -> Workshop {
        Workshop { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
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
        command.env("CARGO_PROFILE_RELEASE_LTO", "off");
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
