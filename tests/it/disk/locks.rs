//! What the connections to one file share while the machine runs: who may read and write, and the
//! memory in which SQLite indexes its log.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// As many as SQLite has.
const SLOTS: usize = 8;
pub const REGION_WORDS: usize = 32 * 1024 / 8;

/// SQLite's levels of a lock on a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    #[default]
    None,
    Shared,
    Reserved,
    Pending,
    Exclusive,
}

/// Somebody else has it.
#[derive(Debug)]
pub struct Taken;

/// One connection, as long as it is open.
#[derive(Default)]
pub struct Holder {
    level: Level,
    /// Slots of the shared memory, as bits.
    shares: u8,
    owns: u8,
    maps: bool,
}

#[derive(Default)]
pub struct Shared(Mutex<Table>);

#[derive(Default)]
struct Table {
    readers: usize,
    reserved: bool,
    pending: bool,
    exclusive: bool,
    slots: [Slot; SLOTS],
    mapped: usize,
    /// Boxed, since SQLite keeps their addresses.
    regions: Vec<Box<[u64; REGION_WORDS]>>,
}

#[derive(Default)]
struct Slot {
    shares: usize,
    owned: bool,
}

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn lock(&self, holder: &mut Holder, wanted: Level) -> Result<(), Taken> {
        let mut table = self.table();
        while holder.level < wanted {
            let next = match (holder.level, wanted) {
                (Level::None, _) => Level::Shared,
                (Level::Shared, Level::Reserved) => Level::Reserved,
                (Level::Shared | Level::Reserved, _) => Level::Pending,
                (Level::Pending | Level::Exclusive, _) => Level::Exclusive,
            };
            table.step(holder.level, next)?;
            holder.level = next;
        }
        Ok(())
    }

    pub fn unlock(&self, holder: &mut Holder, to: Level) {
        if holder.level <= to {
            return;
        }
        let mut table = self.table();
        if holder.level >= Level::Reserved {
            table.reserved = false;
        }
        if holder.level >= Level::Pending {
            table.pending = false;
        }
        if holder.level == Level::Exclusive {
            table.exclusive = false;
        }
        if to == Level::None {
            table.readers -= 1;
        }
        holder.level = to;
    }

    pub fn is_reserved(&self) -> bool {
        let table = self.table();
        table.reserved || table.pending || table.exclusive
    }

    /// The address of a region, which is made where `makes` says so.
    pub fn region(&self, holder: &mut Holder, index: usize, makes: bool) -> Option<*mut u64> {
        let mut table = self.table();
        if !holder.maps {
            holder.maps = true;
            table.mapped += 1;
        }
        while makes && table.regions.len() <= index {
            table.regions.push(Box::new([0; REGION_WORDS]));
        }
        table.regions.get_mut(index).map(|region| region.as_mut_ptr())
    }

    pub fn share(&self, holder: &mut Holder, slots: std::ops::Range<usize>) -> Result<(), Taken> {
        let mut table = self.table();
        if slots.clone().any(|slot| table.slots[slot].owned) {
            return Err(Taken);
        }
        for slot in slots {
            if holder.shares & (1 << slot) == 0 {
                table.slots[slot].shares += 1;
                holder.shares |= 1 << slot;
            }
        }
        Ok(())
    }

    pub fn own(&self, holder: &mut Holder, slots: std::ops::Range<usize>) -> Result<(), Taken> {
        let mut table = self.table();
        let free = |slot: usize| {
            let own_shares = usize::from(holder.shares >> slot & 1);
            !table.slots[slot].owned && table.slots[slot].shares == own_shares
        };
        if !slots.clone().all(free) {
            return Err(Taken);
        }
        for slot in slots {
            table.slots[slot].owned = true;
            holder.owns |= 1 << slot;
        }
        Ok(())
    }

    pub fn release(&self, holder: &mut Holder, slots: std::ops::Range<usize>) {
        let mut table = self.table();
        for slot in slots {
            if holder.owns >> slot & 1 == 1 {
                table.slots[slot].owned = false;
                holder.owns &= !(1 << slot);
            }
            if holder.shares >> slot & 1 == 1 {
                table.slots[slot].shares -= 1;
                holder.shares &= !(1 << slot);
            }
        }
    }

    pub fn unmap(&self, holder: &mut Holder) {
        self.release(holder, 0..SLOTS);
        let mut table = self.table();
        if std::mem::take(&mut holder.maps) {
            table.mapped -= 1;
            // Whoever comes first again builds the index anew, from the log.
            if table.mapped == 0 {
                table.regions.clear();
            }
        }
    }
}

impl Table {
    fn step(&mut self, from: Level, to: Level) -> Result<(), Taken> {
        let others = self.readers - usize::from(from >= Level::Shared);
        match to {
            Level::None => {}
            Level::Shared if self.pending || self.exclusive => return Err(Taken),
            Level::Shared => self.readers += 1,
            Level::Reserved if self.reserved => return Err(Taken),
            Level::Reserved => self.reserved = true,
            Level::Pending if self.pending => return Err(Taken),
            Level::Pending if self.reserved && from < Level::Reserved => return Err(Taken),
            Level::Pending => {
                self.reserved = true;
                self.pending = true;
            }
            // It stays pending: no new reader comes in, and it is asked for again.
            Level::Exclusive if others > 0 => return Err(Taken),
            Level::Exclusive => self.exclusive = true,
        }
        Ok(())
    }
}
