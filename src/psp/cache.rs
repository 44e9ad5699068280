//! Compiled plugins on disk, so that a second start does not compile again. A file that is
//! damaged or of another build is compiled anew, never trusted.

use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tracing::warn;
use wasmtime::Engine;
use wasmtime::component::Component;

/// How a file begins; the SHA-256 of the rest follows.
const MAGIC: &[u8; 8] = b"rcpcwasm";
const HEADER_BYTES: usize = MAGIC.len() + 32;

/// A folder with compiled plugins, or none.
#[derive(Debug)]
pub(super) struct CompiledCache {
    folder: Option<PathBuf>,
}

impl CompiledCache {
    /// Makes the folder, readable by its owner only. Without one plugins are compiled at every
    /// start.
    pub fn open(folder: Option<PathBuf>) -> CompiledCache {
        let folder = folder.filter(|folder| match make_private(folder) {
            Ok(()) => true,
            Err(error) => {
                let folder = folder.display();
                warn!(%folder, %error, "compiled plugins are not kept");
                false
            }
        });
        CompiledCache { folder }
    }

    /// The component, compiled now or earlier.
    pub fn component(&self, engine: &Engine, wasm: &[u8]) -> wasmtime::Result<Component> {
        let Some(folder) = &self.folder else {
            return Component::new(engine, wasm);
        };
        let path = folder.join(format!("{}.compiled", key(engine, wasm)));
        if let Some(component) = load(engine, &path) {
            return Ok(component);
        }
        let component = Component::new(engine, wasm)?;
        if let Err(error) = store(folder, &path, &component.serialize()?) {
            warn!(path = %path.display(), %error, "a compiled plugin is not kept");
        }
        Ok(component)
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Other code, another compiler or other settings of it make another key.
fn key(engine: &Engine, wasm: &[u8]) -> String {
    struct Sha256Hasher(Sha256);
    impl Hasher for Sha256Hasher {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hasher = Sha256Hasher(Sha256::new());
    hasher.0.update(Sha256::digest(wasm));
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hex(&hasher.0.finalize())
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// None: not there, damaged, or not for this engine.
fn load(engine: &Engine, path: &Path) -> Option<Component> {
    let file = fs::read(path).ok()?;
    let (header, code) = file.split_at_checked(HEADER_BYTES)?;
    let (magic, digest) = header.split_at(MAGIC.len());
    if magic != MAGIC || digest != Sha256::digest(code).as_slice() {
        warn!(path = %path.display(), "a compiled plugin is damaged: compiling it again");
        return None;
    }
    // SAFETY: these are the bytes that `store` wrote for this engine: the folder is its owner's
    // alone, the digest says that nothing changed them, and they were read before it was made.
    let component = unsafe { Component::deserialize(engine, code) };
    component
        .inspect_err(|error| {
            warn!(path = %path.display(), %error, "a compiled plugin is not usable");
        })
        .ok()
}

/// Whole or not at all: written beside and renamed.
fn store(folder: &Path, path: &Path, code: &[u8]) -> io::Result<()> {
    let beside = folder.join(format!("{}.new", uuid::Uuid::new_v4()));
    let written = fs::File::create(&beside).and_then(|mut file| {
        file.write_all(MAGIC)?;
        file.write_all(&Sha256::digest(code))?;
        file.write_all(code)?;
        file.sync_all()
    });
    let stored = written.and_then(|()| fs::rename(&beside, path));
    if stored.is_err() {
        // What is left of it is only rubbish.
        let _ = fs::remove_file(&beside);
    }
    stored
}
