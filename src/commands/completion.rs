//! `recoup completion` and `recoup man`.

use std::io::Write;

use clap::{Args, CommandFactory};

#[derive(Args)]
pub struct Completion {
    /// The shell that is to complete
    shell: clap_complete::Shell,
}

impl Completion {
    pub fn run(&self) -> anyhow::Result<()> {
        let mut command = super::Cli::command();
        clap_complete::generate(self.shell, &mut command, "recoup", &mut std::io::stdout());
        Ok(())
    }
}

pub fn man() -> anyhow::Result<()> {
    let mut page = Vec::new();
    clap_mangen::Man::new(super::Cli::command()).render(&mut page)?;
    Ok(std::io::stdout().write_all(&page)?)
}
