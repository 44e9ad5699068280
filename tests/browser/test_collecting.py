"""What people in operations do every day: resend in bulk, have a customer leave a payment method, make
one inactive, settle what nobody knows. With scripts and without."""

import pytest

import stage
from conftest import sign_in
from screen import Screen
from waiting import until


@pytest.fixture
def word(screen):
    """Tells what one run of a story makes from what the other made."""
    return "scripted" if screen.has_scripts else "bare"


def status_of(recoup, invoice):
    return recoup.api("GET", f"/api/v1/invoices/{invoice}").json()["invoice"]["payment_status"]


def owing(recoup, name, behaviour, cents):
    """A customer who was charged once, in vain."""
    external_id = name.lower().replace(" ", "-")
    stage.customer(recoup, external_id, name, behaviour)
    made = stage.invoice(recoup, external_id, cents)["lago_id"]
    recoup.advance(seconds=5)
    assert status_of(recoup, made) != "succeeded"
    return made


def test_bulk_resend_of_what_a_list_shows(recoup, admin, word):
    two = [owing(recoup, f"Bulk {word} {n}", "fails_1_insufficient_funds", 1_000) for n in (1, 2)]
    bare = owing(recoup, f"Bulk {word} without card", "no_method", 700)
    admin.open(f"{recoup.address}/dashboard/invoices?tab=outstanding")
    admin.fill("Search", f"bulk {word}")
    admin.press("Search")
    admin.follow("Resend for collection…")
    admin.says("Its customer has no payment method")
    admin.press("Resend 2 invoices")
    admin.says("What becomes of each invoice shows below.")
    recoup.advance(seconds=10)
    if not admin.has_scripts:
        admin.follow("look again")
    admin.says("Finished")
    admin.says("3 of 3 invoices have come to an end.")
    admin.follow("Paid")
    admin.says(f"bulk-{word}-1")
    admin.does_not_say(f"bulk-{word}-without-card")
    assert [status_of(recoup, it) for it in two] == ["succeeded", "succeeded"]
    assert status_of(recoup, bare) != "succeeded"


def open_customer(recoup, screen, name):
    screen.open(recoup.address + "/dashboard")
    screen.follow("Customers")
    screen.fill("Search", name)
    screen.press("Search")
    screen.follow(name)


def test_a_customer_leaves_a_method_by_link_and_it_is_made_inactive(recoup, admin, word):
    name = f"Link {word}"
    invoice = owing(recoup, name, "no_method", 4_900)
    open_customer(recoup, admin, name)
    admin.says("Until there is one, nothing can be charged by itself.")
    admin.press("Add a payment method")
    admin.press("Generate link")
    admin.says("The link is made.")
    link = admin.value("Link to leave a payment method")
    payer = Screen(has_scripts=admin.has_scripts)
    try:
        # The server tells its public address; the story reaches it where it listens.
        payer.open(f"{recoup.address}/{link.split('/', 3)[3]}")
        payer.press("Continue")
        payer.tick("Pays")
        payer.press("Save this card")
        until(lambda: "Save this card" not in payer.text, "the card is saved")
    finally:
        payer.end()
    recoup.advance(seconds=30)
    open_customer(recoup, admin, name)
    admin.says("Default")
    admin.says("ending in 4242")
    assert status_of(recoup, invoice) == "succeeded"
    admin.press("Make inactive")
    admin.says("The customer has no default method then.")
    admin.press("Make it inactive")
    admin.says("is inactive. What named it is to be paid by hand.")
    owed = stage.invoice(recoup, name.lower().replace(" ", "-"), 1_000)["lago_id"]
    recoup.advance(hours=10)
    assert status_of(recoup, owed) == "pending", "nothing is charged on it"
    admin.press("Make active")
    admin.says("is active. It can be chosen again")
    admin.press("Make it the default")
    admin.says("is the default from now on.")
    recoup.advance(seconds=30)
    assert status_of(recoup, owed) == "succeeded"


def test_what_nobody_knows_is_settled_by_who_looked(recoup, admin, word):
    name = f"Forgotten {word}"
    invoice = owing(recoup, name, "pending_2592000", 8_800)
    recoup.advance(days=8)
    # Nobody stays signed in for so long.
    sign_in(recoup, admin, "admin")
    admin.open(recoup.address + "/dashboard/payments")
    admin.follow("Unresolved")
    admin.says(name)
    admin.press_within_case(name, "I checked")
    admin.press_within_case(name, "The money was taken")
    admin.fill_within_case(name, "How you know", "Seen on the statement")
    admin.press_within_case(name, "Say so")
    admin.says("Noted: the money was taken.")
    assert status_of(recoup, invoice) == "succeeded"
