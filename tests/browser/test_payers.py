"""Pages for payers in each of their states, as `test_pages.py` looks at pages; and a payer who pays."""

import httpx
import pytest

import setting_up
from payer import chooses
from screen import NARROW, NARROWEST, WIDE, shown
from waiting import until


@pytest.fixture(scope="module")
def pages(recoup):
    found = setting_up.payers(recoup)
    for state, card in (("paid", "ok"), ("being-paid", "pending_10")):
        page = recoup.address + found[state][1]
        chooses(page, card)
        httpx.get(page + "/returned")
    voided = recoup.api("POST", f"/api/v1/invoices/{found['withdrawn'][0]}/void")
    assert voided.status_code == 200, voided.text
    setting_up.customer(recoup, "quince-quilts", "Quince Quilts", "ok")
    made = recoup.api("POST", "/api/v1/customers/quince-quilts/checkout_url", json={}).json()
    address = made["customer"]["checkout_url"]
    return {state: path for state, (_, path) in found.items()} | {
        "leave-a-method": "/" + address.split("/", 3)[3],
    }


SAYS = {
    "payable": ("Pay 129.00 EUR",),
    "withdrawn": ("There is nothing to pay",),
    "being-paid": ("A payment is being processed",),
    "paid": ("This is paid",),
    "leave-a-method": ("Add a payment method", "Continue"),
}


@pytest.mark.parametrize("state", SAYS)
def test_a_page_says_how_it_stands(recoup, pages, screen, pictures, state):
    look(screen, recoup, pictures, state, pages[state])


def look(screen, recoup, pictures, state, path):
    faults = []
    for theme in ("light", "dark"):
        screen.prefer(theme)
        screen.open(recoup.address + path)
        for text in SAYS.get(state, ()):
            screen.says(text)
        for size, width in ((WIDE, "wide"), (NARROW, "narrow")):
            screen.size(size)
            faults += [(theme, width, fault) for fault in screen.faults()]
            if pictures and screen.has_scripts:
                screen.picture(pictures / f"payer-{state}-{width}-{theme}.png")
        screen.size(NARROWEST)
        if screen.overflow() > 0:
            faults.append((theme, "320 px", f"{screen.overflow()} px too wide"))
        screen.size(WIDE)
    assert not faults, f"{state} at {path}: {shown(faults)}"


def test_a_payer_pays(recoup, screen):
    external_id = f"rowan-rugs-{str(screen.has_scripts).lower()}"
    setting_up.customer(recoup, external_id, "Rowan Rugs", "fails_1_insufficient_funds")
    debt = setting_up.invoice(recoup, external_id, 4_900)["lago_id"]
    recoup.advance(seconds=30)
    screen.open(recoup.address + setting_up.link(recoup, debt))
    screen.says("49.00 EUR")
    screen.press("Pay 49.00 EUR")
    screen.says("Pretend payment provider")
    screen.press("Pay 49.00 EUR")
    screen.says("This is paid")
    def status():
        return recoup.api("GET", f"/api/v1/invoices/{debt}").json()["invoice"]["payment_status"]

    until(lambda: status() == "succeeded", "it is paid", 20)


def test_an_address_whose_time_is_up_says_so(recoup, pages, screen, pictures):
    recoup.advance(days=2)
    screen.open(recoup.address + pages["over"])
    screen.says("This link is no longer good")
    screen.does_not_say("Pay 129.00")
    look(screen, recoup, pictures, "over", pages["over"])
