//! The table: `sandbox.txt` and `stripe.txt` beside this file. A line is a behaviour, a column an
//! operation; a line that begins with `#` names the columns of those below it. Every cell is run,
//! through the real host over real sockets, and a cell that is missing is a failure.
//!
//! The words, and what recoup does next:
//!
//! - `not_sent`: nothing can have happened. A charge is sent again with the same key; whatever
//!   else it was is asked for again later.
//! - `unknown`: it may have happened. The attempt keeps all others away and is looked up; a
//!   customer or a page is asked for again with the same key.
//! - `cannot_tell`: the look-up learnt nothing. The attempt stays as it is until the next one.
//! - `throttled`: not now; asked again later.
//! - `misconfigured`: the credentials are wrong. An operator is told.
//! - `invalid_configuration`: the same of a charge, which is certainly not made. The connection is
//!   paused.
//! - `failed`: of a refund, which is certainly not made. A person is told.
//! - `done`, `pending`: what is asked for is in the answer, whatever stands beside it.

use std::collections::BTreeMap;

use recoup::app::ports::Psps;

use super::behaviours::BEHAVIOURS;
use super::operations::OPERATIONS;
use crate::plugins::bench::{Bench, connected};

const TABLES: &[(&str, &str)] =
    &[("sandbox", include_str!("sandbox.txt")), ("stripe", include_str!("stripe.txt"))];

type Cells<'a> = BTreeMap<(&'a str, &'a str), &'a str>;

fn cells(table: &str) -> Cells<'_> {
    let mut columns: Vec<&str> = vec![];
    let mut cells = Cells::new();
    for line in table.lines().filter(|line| !line.trim().is_empty()) {
        let mut parts = line.split('|').map(str::trim);
        let first = parts.next().expect("a line has a beginning");
        if first.starts_with('#') {
            columns = parts.collect();
            continue;
        }
        for (column, cell) in columns.iter().zip(parts) {
            let before = cells.insert((first, column), cell);
            assert!(before.is_none(), "{first} × {column} stands there twice");
        }
    }
    cells
}

/// What the table says otherwise than it is, cell by cell.
fn differences(provider: &str, cells: &Cells<'_>) -> Vec<String> {
    let bench = Bench::new();
    let provider = bench.host.provider(provider).expect("it is built in");
    let mut differences = vec![];
    for (behaviour, place) in BEHAVIOURS {
        let place = place();
        let connection = connected(&provider, &place.address);
        for (operation, run) in OPERATIONS {
            let found = run(&bench.host, &connection);
            let expected = cells.get(&(*behaviour, *operation)).copied().unwrap_or("(no cell)");
            if found != expected {
                let cell = format!("{} {behaviour} × {operation}", provider.name);
                differences.push(format!("{cell}: {found}, and the table says {expected}"));
            }
        }
        drop(place.peer);
    }
    differences
}

#[test]
fn every_behaviour_meets_every_operation_as_the_table_says() {
    for (provider, table) in TABLES {
        let cells = cells(table);
        assert_eq!(cells.len(), BEHAVIOURS.len() * OPERATIONS.len(), "{provider}: the cells");
        let differences = differences(provider, &cells);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

/// The negative control: a cell that says otherwise, and one that is missing, are found.
#[test]
fn a_wrong_cell_and_a_missing_one_are_found() {
    let mut cells = cells(TABLES[0].1);
    cells.insert(("401", "charge"), "paid");
    cells.remove(&("connection refused", "find-session"));
    assert_eq!(
        differences("sandbox", &cells),
        [
            "sandbox connection refused × find-session: not_sent, and the table says (no cell)",
            "sandbox 401 × charge: invalid_configuration, and the table says paid",
        ]
    );
}

#[test]
fn the_table_has_each_ability_that_a_plugin_can_have() {
    let wit = include_str!("../../../wit/psp.wit");
    // Not asked for by the host, or asked by the provider and not of it.
    let others = ["describe", "check", "mode-of", "detach-method", "translate"];
    let world = wit.split("interface gateway").nth(1).expect("the interfaces of plugins");
    let functions = world.lines().filter_map(|line| line.split_once(": func(")).map(|(name, _)| {
        let name = name.trim();
        if name == "set-default-method" { "set-default" } else { name }
    });
    for function in functions {
        let known = OPERATIONS.iter().any(|(name, _)| *name == function);
        assert!(known || others.contains(&function), "`{function}` has no column");
    }
}
