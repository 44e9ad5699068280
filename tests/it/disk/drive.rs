//! A pretended disk: files, the moments at which it fails, and power that can go.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::image::Image;
use super::locks::{Holder, Shared};

/// Why an operation was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    Full,
    Broken,
    /// The power is gone, or has been since the file was opened.
    Dead,
    Missing,
}

/// What is counted until the disk does as its plan says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Read,
    Write,
    Sync,
}

/// What the disk will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// The power goes at the nth write or sync from now.
    PowerCut { at: u64 },
    /// From the nth write on there is no room, until somebody makes some.
    Fills { at: u64 },
    /// From the nth such operation on it fails, so many times.
    Fails { what: Operation, at: u64, times: u64 },
}

pub struct Drive(Mutex<State>);

struct State {
    files: BTreeMap<String, Image>,
    shared: BTreeMap<String, Arc<Shared>>,
    /// Counts the times that the power came back.
    life: u64,
    is_on: bool,
    plan: Option<Plan>,
    /// Operations of the kind that the plan counts.
    done: u64,
    failed: u64,
    temporary: u64,
    random: StdRng,
}

impl Drive {
    pub fn new(seed: u64) -> Arc<Drive> {
        Arc::new(Drive(Mutex::new(State {
            files: BTreeMap::new(),
            shared: BTreeMap::new(),
            life: 0,
            is_on: true,
            plan: None,
            done: 0,
            failed: 0,
            temporary: 0,
            random: StdRng::seed_from_u64(seed),
        })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn plan(&self, plan: Plan) {
        let mut state = self.state();
        state.plan = Some(plan);
        (state.done, state.failed) = (0, 0);
    }

    /// There is room again, and nothing is broken.
    pub fn mend(&self) {
        self.state().plan = None;
    }

    /// How many operations it has refused since the plan was made.
    pub fn failed(&self) -> u64 {
        self.state().failed
    }

    pub fn is_on(&self) -> bool {
        self.state().is_on
    }

    pub fn cut_power(&self) {
        self.state().lose_power();
    }

    /// What was open before stays dead.
    pub fn restore_power(&self) {
        let mut state = self.state();
        state.lose_power();
        state.is_on = true;
        state.life += 1;
        state.plan = None;
        state.shared.clear();
    }

    /// Without a name it is gone once it is closed.
    pub fn open(self: &Arc<Drive>, name: Option<&str>, makes: bool) -> Result<File, Failure> {
        let mut state = self.state();
        if !state.is_on {
            return Err(Failure::Dead);
        }
        let is_temporary = name.is_none();
        let name = name.map_or_else(|| state.next_temporary(), str::to_owned);
        if !state.files.contains_key(&name) {
            if !makes {
                return Err(Failure::Missing);
            }
            state.files.insert(name.clone(), Image::default());
        }
        let shared = Arc::clone(state.shared.entry(name.clone()).or_default());
        let life = state.life;
        let drive = Arc::clone(self);
        Ok(File { drive, name, life, is_temporary, shared, holder: Holder::default() })
    }

    /// At once and for good: what a disk may still have of a deleted log is told by no one.
    pub fn delete(&self, name: &str) -> Result<(), Failure> {
        let mut state = self.state();
        state.count(Operation::Write)?;
        state.files.remove(name).map(|_| ()).ok_or(Failure::Missing)
    }

    pub fn exists(&self, name: &str) -> bool {
        self.state().files.contains_key(name)
    }
}

impl State {
    fn next_temporary(&mut self) -> String {
        self.temporary += 1;
        format!("temporary-{}", self.temporary)
    }

    fn lose_power(&mut self) {
        if std::mem::take(&mut self.is_on) {
            let files = std::mem::take(&mut self.files);
            self.files = files
                .into_iter()
                .filter_map(|(name, image)| Some((name, image.after_power_cut(&mut self.random)?)))
                .collect();
        }
    }

    /// Whether the operation may be done.
    fn count(&mut self, operation: Operation) -> Result<(), Failure> {
        if !self.is_on {
            return Err(Failure::Dead);
        }
        let Some(plan) = self.plan else { return Ok(()) };
        let counts = match plan {
            Plan::PowerCut { .. } => operation != Operation::Read,
            Plan::Fills { .. } => operation == Operation::Write,
            Plan::Fails { what, .. } => operation == what,
        };
        self.done += u64::from(counts);
        let failure = match plan {
            Plan::PowerCut { at } if counts && self.done >= at => {
                self.lose_power();
                Failure::Dead
            }
            Plan::Fills { at } if counts && self.done >= at => Failure::Full,
            Plan::Fails { at, times, .. }
                if counts && self.done >= at && self.done - at < times =>
            {
                Failure::Broken
            }
            Plan::PowerCut { .. } | Plan::Fills { .. } | Plan::Fails { .. } => return Ok(()),
        };
        self.failed += 1;
        Err(failure)
    }
}

/// An open file.
pub struct File {
    drive: Arc<Drive>,
    name: String,
    life: u64,
    is_temporary: bool,
    pub shared: Arc<Shared>,
    pub holder: Holder,
}

impl File {
    fn on<T>(
        &self,
        operation: Operation,
        work: impl FnOnce(&mut Image) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut state = self.drive.state();
        if state.life != self.life {
            return Err(Failure::Dead);
        }
        let counted = state.count(operation);
        let Some(image) = state.files.get_mut(&self.name) else { return Err(Failure::Dead) };
        match counted {
            Ok(()) => work(image),
            Err(Failure::Broken) if operation == Operation::Sync => {
                image.fail_to_sync();
                Err(Failure::Broken)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Answers how much there was to read.
    pub fn read(&self, at: usize, bytes: &mut [u8]) -> Result<usize, Failure> {
        self.on(Operation::Read, |image| {
            let there = image.now.get(at..).unwrap_or_default();
            let length = there.len().min(bytes.len());
            bytes[..length].copy_from_slice(&there[..length]);
            bytes[length..].fill(0);
            Ok(length)
        })
    }

    pub fn write(&self, at: usize, bytes: &[u8]) -> Result<(), Failure> {
        self.on(Operation::Write, |image| {
            image.write(at, bytes);
            Ok(())
        })
    }

    pub fn cut(&self, to: usize) -> Result<(), Failure> {
        self.on(Operation::Write, |image| {
            image.cut(to);
            Ok(())
        })
    }

    pub fn sync(&self) -> Result<(), Failure> {
        self.on(Operation::Sync, |image| {
            image.sync();
            Ok(())
        })
    }

    pub fn size(&self) -> Result<usize, Failure> {
        let state = self.drive.state();
        if !state.is_on || state.life != self.life {
            return Err(Failure::Dead);
        }
        state.files.get(&self.name).map(|image| image.now.len()).ok_or(Failure::Dead)
    }

    pub fn is_alive(&self) -> bool {
        let state = self.drive.state();
        state.is_on && state.life == self.life
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if self.is_temporary {
            self.drive.state().files.remove(&self.name);
        }
    }
}
