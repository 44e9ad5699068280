//! The plugins that are part of this binary: name and component, as the build script made them
//! from `plugins/`.

include!(concat!(env!("OUT_DIR"), "/embedded_plugins.rs"));
