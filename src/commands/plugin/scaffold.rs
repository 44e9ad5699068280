//! `recoup plugin new`: a folder that builds, with everything that a plugin needs beside it. What
//! is written works as it stands: it speaks to `recoup sandbox`, and its plan is a script of that.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

#[derive(Args)]
pub struct New {
    /// As operators will write it in `--provider`: lower-case letters, digits, `_` and `-`
    name: String,
    /// In which language
    #[arg(long, default_value = "rust")]
    lang: Language,
    /// Where the folder is made; by its name, here
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    Rust,
    Js,
    Python,
}

/// A file of a template, and where it is written to.
type File = (&'static str, &'static str);

/// Of the repository, by its path there.
macro_rules! of_the_repository {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("../../../", $path)))),+]
    };
}

/// Of a template, with the path in the new folder.
macro_rules! of_template {
    ($($to:literal: $from:literal),+ $(,)?) => {
        &[$(($to, include_str!(concat!("../../../templates/plugin/", $from)))),+]
    };
}

/// What a plugin in Rust is compiled with. It lies under `recoup/`, as it does here.
const SDK: &[File] = of_the_repository![
    "plugins/sdk/Cargo.toml",
    "plugins/sdk/src/bindings.rs",
    "plugins/sdk/src/clock.rs",
    "plugins/sdk/src/crypto.rs",
    "plugins/sdk/src/declines.rs",
    "plugins/sdk/src/form.rs",
    "plugins/sdk/src/http.rs",
    "plugins/sdk/src/lib.rs",
    "plugins/sdk/src/log.rs",
    "plugins/sdk/src/openapi.rs",
    "plugins/sdk/src/panics.rs",
    "plugins/sdk/src/random.rs",
    "plugins/sdk/src/settings.rs",
    "plugins/sdk/src/shorthand.rs",
    "plugins/sdk/src/testing.rs",
    "plugins/sdk/wit/worlds.wit",
    "wit/psp.wit",
];

const RUST: &[File] = of_template![
    "Cargo.toml": "rust/Cargo.toml.txt",
    "src/lib.rs": "rust/src/lib.rs",
    "src/tests.rs": "rust/src/tests.rs",
    "plan.toml": "plan.toml",
    "README.md": "rust/README.md",
    ".gitignore": "rust/gitignore.txt",
];

const JS: &[File] = of_template![
    "package.json": "js/package.json",
    "plugin.js": "js/plugin.js",
    "plugin.test.mjs": "js/plugin.test.mjs",
    "plan.toml": "plan.toml",
    "README.md": "js/README.md",
    "wit/world.wit": "world.wit",
];

const PYTHON: &[File] = of_template![
    "app.py": "python/app.py",
    "test_app.py": "python/test_app.py",
    "requirements.txt": "python/requirements.txt",
    "plan.toml": "plan.toml",
    "README.md": "python/README.md",
    "wit/world.wit": "world.wit",
];

/// Where languages that bring their own bindings look for the interface.
const INTERFACE: File = ("wit/deps/recoup-psp/psp.wit", include_str!("../../../wit/psp.wit"));

const NAME_CHARS_MAX: usize = 40;

impl New {
    pub fn run(&self) -> anyhow::Result<()> {
        check_name(&self.name)?;
        let folder = self.to.clone().unwrap_or_else(|| PathBuf::from(&self.name));
        let told = folder.display();
        if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
            bail!("{told} is there already, and not empty: choose another with --to");
        }
        match self.lang {
            Language::Rust => {
                self.write_all(&folder, RUST)?;
                // The SDK is the same for everybody: no name is put into it.
                for (path, text) in SDK {
                    write(&folder.join("recoup").join(path), text)?;
                }
            }
            Language::Js | Language::Python => {
                let files = if matches!(self.lang, Language::Js) { JS } else { PYTHON };
                self.write_all(&folder, files)?;
                write(&folder.join(INTERFACE.0), INTERFACE.1)?;
            }
        }
        println!("{told} is a plugin named `{}`. Its README.md says how it is built.", self.name);
        Ok(())
    }

    fn write_all(&self, folder: &Path, files: &[File]) -> anyhow::Result<()> {
        for (path, text) in files {
            write(&folder.join(path), &self.named(path, text))?;
        }
        Ok(())
    }

    /// The templates are a plugin for Acme.
    fn named(&self, path: &str, text: &str) -> String {
        let type_name = capitalized(&self.name);
        let own = text.replace("api.acme.example", "api.provider.example");
        // Cargo names the module of `acme-pay` `acme_pay.wasm`.
        let module = format!("release/{}.wasm", self.name.replace('-', "_"));
        let own = own.replace("release/acme.wasm", &module).replace("Acme Pay", &type_name);
        let own = match path {
            // A package of WIT has dashes only.
            "wit/world.wit" => own.replace("acme", &self.name.replace('_', "-")),
            _ => own.replace("acme", &self.name),
        };
        own.replace("Acme", &type_name)
    }
}

/// `acme-pay` as `AcmePay`.
fn capitalized(name: &str) -> String {
    name.split(['-', '_'])
        .map(|part| {
            let (first, rest) = part.split_at(part.len().min(1));
            first.to_uppercase() + rest
        })
        .collect()
}

fn check_name(name: &str) -> anyhow::Result<()> {
    let is_name = name.len() <= NAME_CHARS_MAX
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split(['-', '_']).all(|part| {
            part.starts_with(|c: char| c.is_ascii_lowercase())
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
    if !is_name {
        bail!(
            "a plugin is named with 1 to {NAME_CHARS_MAX} lower-case letters and digits, with `-` \
             or `_` between words that begin with a letter, and `{name}` is not"
        );
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().context("a file is in a folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sdk_is_written_whole() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["plugins/sdk/src", "plugins/sdk/wit", "wit"] {
            for entry in root.join(folder).read_dir().expect("a folder") {
                let name = entry.expect("an entry").file_name();
                let path = format!("{folder}/{}", name.to_string_lossy());
                assert!(SDK.iter().any(|(known, _)| *known == path), "{path} is left out");
            }
        }
    }

    #[test]
    fn names_that_nothing_could_be_called_are_refused() {
        for good in ["acme", "acme-pay", "a2_b"] {
            check_name(good).expect(good);
        }
        for bad in ["", "Acme", "2pay", "acme-", "acme--pay", "acme-2", "../acme", "acme pay"] {
            check_name(bad).expect_err(bad);
        }
        assert_eq!(capitalized("acme-pay_two"), "AcmePayTwo");
    }
}
