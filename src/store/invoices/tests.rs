//! Lists of invoices walk an index from its beginning, however many invoices there are.

use super::super::conditions::Conditions;
use super::list::{page_sql, shown_statuses};
use crate::store::schema::migrate;

/// What SQLite says it will do, one step a line.
fn plan(conditions: &Conditions) -> String {
    let mut connection = rusqlite::Connection::open_in_memory().expect("memory");
    migrate(&mut connection).expect("the schema");
    let sql = format!("EXPLAIN QUERY PLAN {}", page_sql(conditions));
    let mut statement = connection.prepare(&sql).expect("the statement is valid");
    let steps = statement
        .query_map(conditions.values().as_slice(), |row| row.get::<_, String>("detail"))
        .expect("a plan");
    steps.map(|step| step.expect("a step") + "\n").collect()
}

fn whole_list() -> Conditions {
    let mut conditions =
        Conditions::of("i.organization_id = :organization", ":organization", "o".to_owned());
    conditions.and_in("i.status", ":status", shown_statuses(None));
    conditions.bind(":limit", 100);
    conditions.bind(":offset", 0);
    conditions
}

#[test]
fn the_whole_list_is_not_sorted_again() {
    let plan = plan(&whole_list());
    assert!(plan.contains("USING INDEX invoices_newest"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn the_list_of_one_customer_is_not_sorted_again() {
    let mut conditions = whole_list();
    conditions.and_in("i.customer_id", ":customer", ["c".to_owned()]);
    let plan = plan(&conditions);
    assert!(plan.contains("USING INDEX invoices_of_customer"), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn an_order_number_is_looked_up() {
    let mut conditions = whole_list();
    let sql = "i.purchase_order_folded = :purchase_order";
    conditions.and_with(sql, ":purchase_order", "po-1".to_owned());
    let plan = plan(&conditions);
    assert!(plan.contains("USING INDEX invoices_by_purchase_order"), "{plan}");
}
