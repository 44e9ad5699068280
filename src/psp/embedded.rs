//! The plugins that are part of this binary: the build script makes them.

include!(concat!(env!("OUT_DIR"), "/embedded_plugins.rs"));
