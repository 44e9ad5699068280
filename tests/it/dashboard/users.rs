//! Users on their pages: added, given a role, signed out, disabled.

use crate::world::browser::Seen;
use crate::world::{Browser, World};

const ALL: &str = "/dashboard/users";
const NEW: &str = "/dashboard/users/new";

/// The link that a page shows once.
fn link(seen: &Seen) -> String {
    let (_, rest) = seen.html.split_once("<code data-copy>").expect("a link");
    rest.split_once('<').expect("an end").0.to_owned()
}

#[test]
fn somebody_is_added_by_a_link_and_gets_in() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let wrong = admin.send(NEW, ALL, &[("email", "bob"), ("role", "viewer")]);
    assert!(admin.follow(&wrong).says("is no e-mail address"));
    let made = admin.send(NEW, ALL, &[("email", "bob@example.com"), ("role", "viewer")]);
    assert_eq!(made.status, 200, "{}", made.html);
    let mut bob = Browser::at(world.address());
    bob.choose_password(&link(&made));
    bob.sign_in("bob@example.com", crate::world::browser::PASSWORD);
    assert!(bob.open(ALL).says("bob@example.com"));
    assert!(!bob.open(ALL).says("New user"), "he may only look");
    let page = admin.open(ALL).link("bob@example.com").expect("his page");
    let changed = admin.send(&page, &format!("{page}/role"), &[("role", "admin")]);
    assert!(admin.follow(&changed).says("admin: everything"));
    assert!(bob.open(ALL).says("New user"));
    let twice = admin.send(NEW, ALL, &[("email", "bob@example.com"), ("role", "viewer")]);
    assert!(admin.follow(&twice).says("is a user already"));
}

#[test]
fn a_browser_is_signed_out_from_another() {
    let world = World::new();
    let mut admin = world.somebody("admin");
    let mut bob = world.somebody("operator");
    let page = admin.open(ALL).link("operator@example.com").expect("their page");
    let shown = admin.open(&page);
    let (_, rest) = shown.html.split_once("/sign-ins/").expect("they are signed in");
    let id = rest.split('/').next().expect("an id").to_owned();
    let ended = admin.send(&page, &format!("{page}/sign-ins/{id}/end"), &[]);
    assert!(admin.follow(&ended).says("Nowhere"), "{ended:?}");
    assert_eq!(bob.open(ALL).status, 303, "signed out");
    let disabled = admin.send(&page, &format!("{page}/disable"), &[]);
    assert!(admin.follow(&disabled).says("Disabled"));
    let enabled = admin.send(&page, &format!("{page}/enable"), &[]);
    assert!(admin.follow(&enabled).says("They get in again"));
    let reset = admin.send(&page, &format!("{page}/reset"), &[]);
    assert!(link(&reset).contains("/dashboard/password/"));
    let own = admin.open(ALL).link("admin@example.com").expect("the own page");
    assert!(admin.open(&own).says("this browser"));
    let last = admin.send(&own, &format!("{own}/disable"), &[]);
    assert!(admin.follow(&last).says("The last administrator stays one"));
}
