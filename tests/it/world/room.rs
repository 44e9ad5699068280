//! How large the server's files may grow: a full disk for one process, held by the kernel.

use std::process::Command;

use super::World;

impl World {
    /// The largest file of the database may grow by so much from now on; None takes the limit
    /// away.
    pub fn limit_files(&self, room_bytes: Option<u64>) {
        let process = self.server.as_ref().expect("it runs").process.id();
        let limit = room_bytes.map_or("unlimited".to_owned(), |room| {
            let sizes = ["recoup.db", "recoup.db-wal"].map(|file| {
                let file = std::fs::metadata(self.data_dir.path().join(file));
                file.map_or(0, |file| file.len())
            });
            (sizes.into_iter().max().unwrap_or_default() + room).to_string()
        });
        let set = Command::new("prlimit")
            .arg(format!("--pid={process}"))
            .arg(format!("--fsize={limit}:"))
            .status()
            .expect("prlimit of util-linux runs");
        assert!(set.success(), "the limit is set");
    }
}
