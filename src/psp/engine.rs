//! The machine that runs plugins: one for all of them, with room for so many calls at once,
//! and a thread whose ticks let running calls look at their clocks.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Strategy,
};

use super::limits::TABLE_ELEMENTS_MAX;

/// How often a running call looks at its clocks. Limits are kept to this much.
const TICK: Duration = Duration::from_millis(10);

/// After so many ticks without a call the thread sleeps until the next one.
const IDLE_TICKS_MAX: u32 = 100;

/// What of a used memory and table stays for the next call, because clearing it costs less than
/// asking the system for it again. Measured.
const MEMORY_BYTES_KEPT: usize = (1 << 20) + (64 << 10);
const TABLE_BYTES_KEPT: usize = 64 << 10;

/// Of one component.
const CORE_INSTANCES_MAX: u32 = 64;
const MEMORIES_MAX: u32 = 3;

/// The engine with its ticking thread, which ends with it.
pub(super) struct Machine {
    engine: Engine,
    places: Arc<Places>,
    ticker: Option<JoinHandle<()>>,
}

impl Machine {
    /// `instances`: how many calls can run at once.
    pub fn new(instances: u32, memory_bytes_max: usize) -> wasmtime::Result<Machine> {
        let engine = Engine::new(&config(instances, memory_bytes_max))?;
        let places = Arc::new(Places::new(instances));
        let ticker = thread::Builder::new().name("plugin-ticker".into()).spawn({
            let (engine, places) = (engine.clone(), places.clone());
            move || tick(&engine, &places)
        })?;
        Ok(Machine { engine, places, ticker: Some(ticker) })
    }

    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Waits for room for one call. None: there was none in time.
    pub fn enter(&self, wait_max: Duration) -> Option<Place<'_>> {
        self.places.enter(wait_max)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.places.close();
        if let Some(ticker) = self.ticker.take() {
            // A ticker that panicked has nothing more to say.
            let _ = ticker.join();
        }
    }
}

fn config(instances: u32, memory_bytes_max: usize) -> Config {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(instances)
        // A guest in Rust has three modules; Python's is linked from forty.
        .max_core_instances_per_component(CORE_INSTANCES_MAX)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES_MAX))
        // JavaScript's has two empty ones beside its own.
        .max_memories_per_component(MEMORIES_MAX)
        .total_memories(instances.saturating_mul(MEMORIES_MAX))
        .max_tables_per_component(8)
        .total_tables(instances.saturating_mul(8))
        .table_elements(TABLE_ELEMENTS_MAX)
        .max_memory_size(memory_bytes_max)
        .linear_memory_keep_resident(MEMORY_BYTES_KEPT)
        .table_keep_resident(TABLE_BYTES_KEPT)
        .pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .epoch_interruption(true)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        // Debug builds want plugins compiled quickly, the others want them quick.
        .strategy(if cfg!(debug_assertions) { Strategy::Winch } else { Strategy::Cranelift });
    config
}

fn tick(engine: &Engine, places: &Places) {
    let mut idle_ticks = 0;
    loop {
        thread::sleep(TICK);
        engine.increment_epoch();
        let state = places.lock();
        if state.closed {
            return;
        }
        idle_ticks = if state.used == 0 { idle_ticks + 1 } else { 0 };
        if idle_ticks >= IDLE_TICKS_MAX {
            places.sleep_until_used(state);
            idle_ticks = 0;
        }
    }
}

/// Room for calls: never more at once than the pool has instances.
struct Places {
    state: Mutex<PlacesState>,
    freed: Condvar,
    wanted: Condvar,
}

struct PlacesState {
    free: u32,
    used: u32,
    ticker_sleeps: bool,
    closed: bool,
}

/// One call's room, given back when dropped.
pub(super) struct Place<'a>(&'a Places);

impl Places {
    fn new(free: u32) -> Places {
        Places {
            state: Mutex::new(PlacesState { free, used: 0, ticker_sleeps: false, closed: false }),
            freed: Condvar::new(),
            wanted: Condvar::new(),
        }
    }

    /// Four plain fields cannot be left half changed by a panic.
    fn lock(&self) -> MutexGuard<'_, PlacesState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, wait_max: Duration) -> Option<Place<'_>> {
        let (mut state, _) = self
            .freed
            .wait_timeout_while(self.lock(), wait_max, |state| state.free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        if state.free == 0 {
            return None;
        }
        state.free -= 1;
        state.used += 1;
        if state.ticker_sleeps {
            self.wanted.notify_one();
        }
        Some(Place(self))
    }

    fn sleep_until_used(&self, mut state: MutexGuard<'_, PlacesState>) {
        state.ticker_sleeps = true;
        let mut state = self
            .wanted
            .wait_while(state, |state| state.used == 0 && !state.closed)
            .unwrap_or_else(PoisonError::into_inner);
        state.ticker_sleeps = false;
    }

    fn close(&self) {
        self.lock().closed = true;
        self.wanted.notify_one();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.free += 1;
        state.used -= 1;
        drop(state);
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_house_lets_nobody_in_until_somebody_leaves() {
        let places = Places::new(1);
        let first = places.enter(Duration::ZERO).unwrap();
        assert!(places.enter(Duration::ZERO).is_none());
        drop(first);
        assert!(places.enter(Duration::ZERO).is_some());
    }
}
