//! An outcome that is not known is never guessed.

use serde_json::json;

use crate::world::World;

#[test]
fn money_that_was_taken_without_an_answer_is_found_and_not_taken_again() {
    for behaviour in ["lost", "error500"] {
        let world = World::new();
        world.customer("ada", behaviour);
        let invoice = world.invoice("ada", 4_900);
        world.pass(1);
        // The webhook of the success may have come by now; a decline was never guessed.
        let told = world.payments(&invoice)[0]["payment_status"].clone();
        assert!(told == "processing" || told == "succeeded", "{behaviour}: {told}");
        let again =
            world.api().post(&format!("/api/v1/invoices/{invoice}/retry_payment"), &json!({}));
        assert_eq!(again.status, 405, "{behaviour}: nothing else starts while it is not known");
        world.pass(60);
        assert_eq!(world.payment_status(&invoice), "succeeded", "{behaviour}");
        world.pass_days(40);
        assert_eq!(world.charges().len(), 1, "{behaviour}");
    }
}

#[test]
fn a_provider_that_is_down_costs_no_attempt_and_the_debt_is_not_forgotten() {
    let world = World::new();
    world.customer("ada", "unreachable");
    let invoice = world.invoice("ada", 4_900);
    world.pass_days(2);
    assert_eq!(world.payment_status(&invoice), "pending");
    assert_eq!(world.payments(&invoice).len(), 1, "the same attempt is sent again");
    assert_eq!(world.charges().len(), 0);
    let home = world.somebody("viewer").open("/dashboard");
    assert!(home.says("the same one is sent again on"), "it is still on the schedule");
}
