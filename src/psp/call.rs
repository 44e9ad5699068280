//! One call of one plugin: a fresh instance, limits, and an honest account of what can have
//! left. An instance is never used again, so a trapped one is never entered again.

use std::time::Duration;

use tracing::warn;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower};
use wasmtime::{Engine, Store, Trap, UpdateDeadline};

use super::engine::Machine;
use super::limits::LimitPassed;
use super::state::{CallState, Traces};

/// What came of a call.
pub(super) struct Called<R> {
    /// The error says to operators why the plugin gave no answer.
    pub answer: Result<R, String>,
    pub traces: Traces,
}

/// Calls a function of a new instance. Blocks until it has answered or a limit has ended it.
pub(super) fn run<P, R>(
    machine: &Machine,
    linked: &InstancePre<CallState>,
    function: &ComponentExportIndex,
    state: CallState,
    parameters: P,
) -> Called<R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    let wait_max = Duration::from_millis(u64::from(state.meter.limits().wall_ms_max));
    let Some(_place) = machine.enter(wait_max) else {
        return Called {
            answer: Err("too many calls are running already".into()),
            traces: Traces::default(),
        };
    };
    let mut store = store(machine.engine(), state);
    let answer = linked
        .instantiate(&mut store)
        .and_then(|instance| instance.get_typed_func::<P, R>(&mut store, function))
        .and_then(|function| function.call(&mut store, parameters));
    let state = store.into_data();
    Called { answer: answer.map_err(|error| why(&error, &state)), traces: state.traces }
}

/// A store that keeps the state's limits.
pub(super) fn store(engine: &Engine, state: CallState) -> Store<CallState> {
    let answer_bytes_max = state.meter.limits().answer_bytes_max;
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.growth);
    store.set_hostcall_fuel(answer_bytes_max);
    store.set_epoch_deadline(1);
    // At every tick: ticks pass while the plugin waits too, so they are not counted.
    store.epoch_deadline_callback(|store| {
        store.data().meter.check_time()?;
        Ok(UpdateDeadline::Continue(1))
    });
    store
}

/// For operators; the whole of it goes to the log.
fn why(error: &wasmtime::Error, state: &CallState) -> String {
    const LOGGED_BYTES_MAX: usize = 4_000;
    let whole = state.mask.text(&format!("{error:?}"), LOGGED_BYTES_MAX);
    warn!(
        plugin = &*state.provider,
        function = state.function,
        reference = state.reference.as_deref().unwrap_or_default(),
        sent = state.traces.sent,
        error = whole,
        "a plugin broke off"
    );
    if let Some(passed) = error.downcast_ref::<LimitPassed>() {
        return passed.to_string();
    }
    if let Some(trap) = error.downcast_ref::<Trap>() {
        return format!("the plugin broke off: {trap}");
    }
    let reason = format!("the plugin broke off: {}", error.root_cause());
    state.mask.text(&reason, LOGGED_BYTES_MAX)
}
