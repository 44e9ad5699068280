//! The binary: reads the command line and hands over to `commands/`.

fn main() {}
