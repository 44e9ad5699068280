//! `recoup plugin encode`: a core module, as Rust's compiler leaves it, becomes a component.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

#[derive(Args)]
pub struct Encode {
    /// The core module, such as `target/wasm32-unknown-unknown/release/acme.wasm`
    module: PathBuf,
    /// Where the component is written to
    component: PathBuf,
}

impl Encode {
    pub fn run(&self) -> anyhow::Result<()> {
        let module = self.module.display();
        let bytes = fs::read(&self.module).with_context(|| format!("{module} cannot be read"))?;
        let component = wit_component::ComponentEncoder::default()
            .validate(true)
            .module(&bytes)
            .and_then(|mut encoder| encoder.encode())
            .with_context(|| format!("{module} does not become a component"))?;
        let target = self.component.display();
        fs::write(&self.component, &component)
            .with_context(|| format!("{target} cannot be written"))?;
        println!("{target}: {} KiB", component.len() / 1024);
        Ok(())
    }
}
