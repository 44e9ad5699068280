//! Why a plugin was not loaded. The messages are for the operator, and say what to do.

use std::io;

/// A plugin that is not used, and why. The server runs on without it.
#[derive(Debug, thiserror::Error)]
#[error("plugin `{file}` is not used: {error}")]
pub struct PluginProblem {
    /// The file, or the name under which it is built in.
    pub file: String,
    #[source]
    pub error: PluginError,
}

#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    #[error("it cannot be read")]
    Io(#[source] io::Error),
    #[error("it is larger than {0} bytes")]
    TooLarge(u64),
    #[error(
        "it is a core WebAssembly module, not a component: encode it with wit-component \
         (`wasm-tools component new`)"
    )]
    CoreModule,
    #[error("it is no WebAssembly component that can run here: {0}")]
    Invalid(String),
    #[error(
        "it imports `{0}`, and recoup gives plugins no WASI: build it without (Rust: the target \
         `wasm32-unknown-unknown`; JavaScript: `jco componentize` with stubbed WASI; Python: \
         `componentize-py --stub-wasi`)"
    )]
    Wasi(String),
    #[error("it imports `{0}`, which is none of the interfaces that this recoup offers")]
    UnknownImport(String),
    #[error(
        "it was made for recoup:psp{0}, and this recoup speaks recoup:psp@0.1.0: build it with the \
         interface of this recoup"
    )]
    OtherVersion(String),
    #[error(
        "its sha256 is {sha256}, and {approved} was approved: somebody changed the file; install \
         it again from where it came from"
    )]
    Tampered { approved: String, sha256: String },
    #[error("it asks for more than was approved: {0}")]
    AsksMore(String),
    #[error(
        "nobody has installed it: move it to another folder, and use `recoup plugin install FILE`"
    )]
    NotInstalled,
    #[error("it exports `{0}`, which is none of the interfaces that this recoup knows")]
    UnknownExport(String),
    #[error("it does not export `recoup:psp/gateway`, which every plugin must")]
    NoGateway,
    #[error("its `{interface}` does not fit the interface of this recoup: {reason}")]
    Misfit { interface: String, reason: String },
    #[error("`describe` failed: {0}")]
    Describe(String),
    #[error("it describes itself wrongly: {0}")]
    Description(String),
    #[error("`{other}` has the same name `{name}`: keep one of them")]
    SameName { name: String, other: String },
}

/// Why there is no host at all.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
    #[error("the folder of plugins cannot be read")]
    Folder(#[source] io::Error),
    #[error("a built-in plugin is broken")]
    BuiltIn(#[source] PluginProblem),
}
