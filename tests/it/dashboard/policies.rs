//! Policies on their pages: edited, checked, tried, kept, given, moved.

use crate::world::{Browser, World};

const EDITOR: &str = "/dashboard/policies/edit";
const MINE: &str = "name = \"mine\"\n[ladders]\nsoft = [\"2d\"]\n";

fn write(browser: &mut Browser, wish: &str, text: &str) -> crate::world::browser::Seen {
    browser.send(EDITOR, EDITOR, &[("text", text), ("do", wish)])
}

#[test]
fn what_is_wrong_is_said_line_by_line_and_what_was_written_stays() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let wrong = "name = \"mine\"\n[ladders]\nsoft = [\"1d\", \"soon\"]\n";
    let seen = write(&mut admin, "keep", wrong);
    assert_eq!(seen.status, 422);
    for text in ["It cannot be kept yet", "Line 3, column 15", "ladders.soft[1]", "&#34;soon&#34;"]
    {
        assert!(seen.says(text), "{text}: {}", seen.html);
    }
    assert_eq!(world.api().get("/recoup/v1/policies/mine").status, 404);
    let fine = write(&mut admin, "check", MINE);
    assert!(fine.says("Nothing is wrong with it"), "{}", fine.html);
    assert_eq!(world.api().get("/recoup/v1/policies/mine").status, 404, "only checked");
}

#[test]
fn a_policy_is_kept_in_versions_that_show_what_differs() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let kept = write(&mut admin, "keep", &MINE.replace('\n', "\r\n"));
    let seen = admin.follow(&kept);
    assert!(seen.says("Version 1 is kept") && seen.says("mine, version 1"), "{}", seen.html);
    let kept = write(&mut admin, "keep", &MINE.replace("2d", "3d"));
    let seen = admin.follow(&kept);
    for text in ["mine, version 2", "What differs from version 1", "removed: ", "added: "] {
        assert!(seen.says(text), "{text}: {}", seen.html);
    }
    let old = admin.open("/dashboard/policies/of/mine/1");
    assert!(old.says("This is not the latest version"), "{}", old.html);
    assert_eq!(admin.open("/dashboard/policies/of/mine/9").status, 404);
    assert_eq!(admin.open("/dashboard/policies/of/none").status, 404);
    let edit = admin.open(&format!("{EDITOR}?code=mine"));
    assert!(edit.says("Edit mine") && edit.says("&#34;3d&#34;"), "{}", edit.html);
    let ready = admin.open("/dashboard/policies/of/gentle");
    assert!(ready.says("comes with recoup") && ready.says("Make it my own"), "{}", ready.html);
    let log = world.api().get("/recoup/v1/audit_log?action=policy.changed").body;
    let log = log["audit_log"].as_array().expect("entries").clone();
    assert_eq!(log.len(), 2);
    assert_eq!(log[0]["actor"]["kind"], "user");
}

#[test]
fn holidays_of_a_file_are_written_beside_the_text() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let text = format!("{MINE}[when]\nholiday_files = [\"de.txt\"]\n");
    let seen = write(&mut admin, "check", &text);
    assert!(seen.says("Holidays of de.txt"), "{}", seen.html);
    let fields = [("text", text.as_str()), ("file:de.txt", "12-25"), ("do", "keep")];
    let kept = admin.send(EDITOR, EDITOR, &fields);
    assert!(admin.follow(&kept).says("Version 1 is kept"));
}

#[test]
fn a_policy_is_tried_on_what_failed_and_charges_nothing() {
    let world = World::new();
    world.customer("acme", "fails_1_insufficient_funds");
    world.invoice("acme", 4_900);
    world.pass_days(5);
    let charges = world.charges().len();
    let mut admin = world.somebody("admin");
    let fields = [("text", MINE), ("do", "try"), ("days", "30")];
    let seen = admin.send(EDITOR, EDITOR, &fields);
    for text in ["What it would have come to", "49.00", "Retries really brought", "Observed:"] {
        assert!(seen.says(text), "{text}: {}", seen.html);
    }
    assert_eq!(world.charges().len(), charges);
    assert_eq!(world.api().get("/recoup/v1/policies/mine").status, 404, "nothing is kept");
}

#[test]
fn a_policy_is_given_taken_away_and_debts_are_moved() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let list = "/dashboard/policies";
    write(&mut admin, "keep", MINE);
    world.customer("acme", "declined_insufficient_funds");
    let give = "/dashboard/policies/given";
    let nobody = [("policy", "mine"), ("scope", "customer"), ("target", "nobody")];
    let refused = admin.send(list, give, &nobody);
    assert!(admin.follow(&refused).says("There is no such customer"));
    let fields = [("policy", "mine"), ("scope", "customer"), ("target", "acme")];
    let given = admin.send(list, give, &fields);
    let seen = admin.follow(&given);
    assert!(seen.says("mine is given") && seen.says(">acme<"), "{}", seen.html);
    world.invoice("acme", 4_900);
    world.pass(60);
    write(&mut admin, "keep", &MINE.replace("2d", "3d"));
    let page = "/dashboard/policies/of/mine";
    assert!(admin.open(page).says("by another version of it: 1."));
    let moved = admin.send(page, "/dashboard/policies/of/mine/2/move", &[]);
    assert!(admin.follow(&moved).says("go by this version now: 1"));
    let fields = [("scope", "customer"), ("target", "acme")];
    let taken = admin.send(list, "/dashboard/policies/taken", &fields);
    assert!(!admin.follow(&taken).says(">acme<"));
}

#[test]
fn who_may_only_look_changes_no_policy() {
    let world = World::new();
    let mut operator = world.somebody("operator");
    let list = operator.open("/dashboard/policies");
    assert!(list.says("gentle") && !list.says("New policy"), "{}", list.html);
    let csrf = list.csrf().expect("a token").to_owned();
    let fields = [("csrf", csrf.as_str()), ("text", MINE), ("do", "keep")];
    assert_eq!(operator.post(EDITOR, &fields).status, 403);
}
