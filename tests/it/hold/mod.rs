//! Coming back from a backup: what was charged since is found out before anything is charged.

mod backups;
mod restores;
