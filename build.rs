//! Builds every plugin under `plugins/` to a component and embeds it in the
//! binary. An inner cargo compiles them for WebAssembly in a target folder of
//! its own, so it never waits for the outer one and both keep their caches.

use std::env;
use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// What the outer cargo says about the binary being built, which must not
/// leak into the plugins. `RUSTC` and `RUSTUP_TOOLCHAIN` stay: same compiler.
const OUTER_BUILD: &[&str] = &[
    "DEBUG",
    "HOST",
    "MAKEFLAGS",
    "MFLAGS",
    "NUM_JOBS",
    "OPT_LEVEL",
    "PROFILE",
    "RUSTC_WORKSPACE_WRAPPER",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
    "TARGET",
];

fn main() {
    // The one thing that a user meets: one line, and nothing around it.
    if let Err(reason) = require_wasm_target() {
        println!("cargo::error={reason}");
        return;
    }
    if let Err(reason) = embed_plugins() {
        println!("cargo::error={reason}");
        // Makes cargo show what the compiler said.
        std::process::exit(1);
    }
}

fn embed_plugins() -> Result<(), String> {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(variable("OUT_DIR")?);
    for input in ["build.rs", "Cargo.toml", "Cargo.lock", "plugins", "wit"] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }

    let names = plugin_names(&root.join("plugins"))?;
    let modules = compile(&root, &out, &names)?;
    let mut embedded = String::from("pub static EMBEDDED: &[(&str, &[u8])] = &[\n");
    for name in names {
        let module = modules.join(format!("recoup_plugin_{}.wasm", name.replace('-', "_")));
        let component = out.join(format!("{name}.wasm"));
        write(&component, &encode(&module)?)?;
        // Named by OUT_DIR, so that the generated file is the same everywhere.
        writeln!(
            embedded,
            "    ({name:?}, include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.wasm\"))),"
        )
        .map_err(|error| error.to_string())?;
    }
    embedded.push_str("];\n");
    write(&out.join("embedded_plugins.rs"), embedded.as_bytes())
}

fn require_wasm_target() -> Result<(), String> {
    let printed = Command::new(variable("RUSTC")?)
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .output()
        .map_err(|error| format!("cannot ask rustc for its targets: {error}"))?;
    let libraries = String::from_utf8_lossy(&printed.stdout);
    if printed.status.success() && Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    Err(format!(
        "the plugins need Rust's {WASM_TARGET} target; install it with: \
         rustup target add {WASM_TARGET}"
    ))
}

/// Every crate folder under `plugins/` but the SDK, by name.
fn plugin_names(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|error| on(folder, &error))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| on(folder, &error))?.path();
        let name = path.file_name().and_then(OsStr::to_str);
        if let Some(name) = name
            && name != "sdk"
            && path.join("Cargo.toml").is_file()
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Compiles the plugins; returns the folder with their core modules.
fn compile(root: &Path, out: &Path, names: &[String]) -> Result<PathBuf, String> {
    let target_folder = out.join("plugins");
    let mut cargo = Command::new(variable("CARGO")?);
    for (key, _) in env::vars_os() {
        if is_outer_build(&key) {
            cargo.env_remove(key);
        }
    }
    cargo
        .current_dir(root)
        .env("CARGO_ENCODED_RUSTFLAGS", same_bytes_everywhere(root, out)?)
        .args(["build", "--quiet", "--locked", "--profile", "plugin", "--target", WASM_TARGET])
        .arg("--target-dir")
        .arg(&target_folder);
    for name in names {
        cargo.args(["--package", &format!("recoup-plugin-{name}")]);
    }
    let status = cargo.status().map_err(|error| format!("cannot start cargo: {error}"))?;
    if !status.success() {
        return Err("the plugins do not compile".to_owned());
    }
    Ok(target_folder.join(WASM_TARGET).join("plugin"))
}

fn is_outer_build(key: &OsStr) -> bool {
    let Some(key) = key.to_str() else {
        return false;
    };
    let of_the_user = key == "CARGO_HOME"
        || ["CARGO_NET_", "CARGO_HTTP_", "CARGO_REGISTRIES_", "CARGO_REGISTRY_", "CARGO_SOURCE_"]
            .iter()
            .any(|prefix| key.starts_with(prefix));
    OUTER_BUILD.contains(&key) || (key.starts_with("CARGO_") && !of_the_user)
}

/// Flags that keep this machine's paths out of the components.
fn same_bytes_everywhere(root: &Path, out: &Path) -> Result<String, String> {
    let cargo_home = match env::var_os("CARGO_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => env::home_dir().ok_or("no home folder: set CARGO_HOME")?.join(".cargo"),
    };
    // The last match wins: the target folder usually lies inside the root.
    let folders = [(cargo_home.as_path(), "/cargo"), (root, "/recoup"), (out, "/out")];
    let flags = folders
        .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()))
        .join("\x1f");
    Ok(flags)
}

fn encode(module: &Path) -> Result<Vec<u8>, String> {
    let core = fs::read(module).map_err(|error| on(module, &error))?;
    wit_component::ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| on(module, &format!("{error:#}").replace('\n', " ")))
}

fn write(path: &Path, content: &[u8]) -> Result<(), String> {
    fs::write(path, content).map_err(|error| on(path, &error))
}

fn on(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

fn variable(key: &str) -> Result<String, String> {
    env::var(key).map_err(|error| format!("{key}: {error}"))
}
