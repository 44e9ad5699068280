//! What lies on a pretended disk: what programs see, and what would be left of it if the power
//! went now. Nothing here knows SQLite.

use rand::Rng;
use rand::rngs::StdRng;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// One file.
#[derive(Default)]
pub struct Image {
    /// As programs see it.
    pub now: Vec<u8>,
    durable: Vec<u8>,
    /// It has been synced once, so its name is on the disk too.
    is_named: bool,
    /// In the order they were made.
    unsynced: Vec<Change>,
}

enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut { to: usize },
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes } => overwrite(to, *at, bytes),
            Change::Cut { to: length } => to.truncate(*length),
        }
    }
}

fn overwrite(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(bytes);
}

/// How much of what was not synced the disk had written by itself.
#[derive(Clone, Copy)]
enum Survives {
    Nothing,
    Everything,
    /// As far as some change, the last one torn.
    Beginning,
    /// Sector by sector, in no order.
    Anything,
}

impl Survives {
    fn drawn(random: &mut StdRng) -> Survives {
        match random.random_range(0..4) {
            0 => Survives::Nothing,
            1 => Survives::Everything,
            2 => Survives::Beginning,
            _ => Survives::Anything,
        }
    }
}

impl Image {
    pub fn write(&mut self, at: usize, bytes: &[u8]) {
        overwrite(&mut self.now, at, bytes);
        self.unsynced.push(Change::Write { at, bytes: bytes.to_vec() });
    }

    pub fn cut(&mut self, to: usize) {
        self.now.truncate(to);
        self.unsynced.push(Change::Cut { to });
    }

    pub fn sync(&mut self) {
        for change in self.unsynced.drain(..) {
            change.apply(&mut self.durable);
        }
        self.is_named = true;
    }

    /// The system has tried, failed, and holds what it could not write to be clean: syncing
    /// once more does not write it.
    pub fn fail_to_sync(&mut self) {
        self.unsynced.clear();
    }

    /// What is found after a power cut. None: not even the name of the file.
    pub fn after_power_cut(mut self, random: &mut StdRng) -> Option<Image> {
        match Survives::drawn(random) {
            Survives::Nothing => {}
            Survives::Everything => self.sync(),
            Survives::Beginning => self.keep_beginning(random),
            Survives::Anything => self.keep_sectors(random),
        }
        let is_named = self.is_named || random.random_bool(0.5);
        is_named.then(|| Image {
            now: self.durable.clone(),
            durable: self.durable,
            is_named: true,
            unsynced: vec![],
        })
    }

    fn keep_beginning(&mut self, random: &mut StdRng) {
        let kept = random.random_range(0..=self.unsynced.len());
        for change in self.unsynced.drain(..kept) {
            change.apply(&mut self.durable);
        }
        if let Some(Change::Write { at, bytes }) = self.unsynced.first() {
            let torn = random.random_range(0..=bytes.len());
            // A sector is whole; a write need not end with one.
            let end = ((at + torn) / SECTOR * SECTOR).saturating_sub(*at).min(bytes.len());
            overwrite(&mut self.durable, *at, &bytes[..end]);
        }
    }

    fn keep_sectors(&mut self, random: &mut StdRng) {
        for change in &self.unsynced {
            match change {
                Change::Cut { .. } => {
                    if random.random_bool(0.5) {
                        change.apply(&mut self.durable);
                    }
                }
                Change::Write { at, bytes } => {
                    let mut begun = 0;
                    while begun < bytes.len() {
                        let place = at + begun;
                        let length = (SECTOR - place % SECTOR).min(bytes.len() - begun);
                        if random.random_bool(0.5) {
                            overwrite(&mut self.durable, place, &bytes[begun..begun + length]);
                        }
                        begun += length;
                    }
                }
            }
        }
    }
}
