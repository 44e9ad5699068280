"""Invoices collected through Adyen, against our stand-in for it; and the stand-in itself, driven by
Adyen's own library."""

import Adyen
import pytest
import requests

import payer as payers
import published
import signing
from adyen_peer import ACCOUNT, API_KEY, AdyenPeer
from connecting import Books, connect_adyen
from serving import answer
from waiting import until

HMAC_KEY = "11" * 32
REFUSED = {
    "12": ("Not enough balance", "insufficient_funds", "soft"),
    "6": ("Expired Card", "expired_card", "new_method"),
    "38": ("Authentication required", "authentication_required", "customer_action"),
}


@pytest.fixture(scope="module")
def peer():
    peer = AdyenPeer(HMAC_KEY)
    yield peer
    peer.end()


@pytest.fixture(scope="module")
def business(live_recoup, peer):
    return connect_adyen(live_recoup, peer)


@pytest.fixture
def books(live_recoup):
    return Books(live_recoup)


@pytest.fixture
def payer(business, peer, unique):
    """A customer whose card's charges end so, and their name at Adyen."""

    def payer(*behaviour):
        shopper = f"shopper_{unique}_{len(peer.stored)}"
        token = peer.stores(shopper, *behaviour)
        customer = business.customer(provider_customer_id=shopper)
        (method,) = business.has_method(customer)
        assert method.provider_method_id == token
        return customer, shopper

    return payer


def test_an_invoice_is_charged_once_and_the_webhook_agrees(business, peer, payer):
    customer, shopper = payer("Authorised")
    invoice = business.becomes(business.invoice(customer), "succeeded")
    ((asked, made),) = peer.of(shopper)
    assert asked["amount"] == {"currency": "EUR", "value": 5000}
    assert peer.authorises(made["pspReference"]).status_code == 200
    (payment,) = business.payments(invoice)
    assert payment.external_payment_id == made["pspReference"]
    assert all(signing.adyen_accepts_items(body, HMAC_KEY) for body in peer.told)


def test_what_was_only_received_is_paid_by_a_signed_webhook(business, peer, payer, books):
    customer, shopper = payer("Received")
    invoice = business.invoice(customer)
    books.last_attempt(customer, "pending")
    assert business.client.invoices.find(invoice.lago_id).payment_status == "pending"
    ((_, made),) = peer.of(shopper)
    assert peer.authorises(made["pspReference"]).status_code == 200
    business.becomes(invoice, "succeeded")
    assert len(peer.of(shopper)) == 1


def test_what_was_only_received_is_declined_by_a_signed_webhook(business, peer, payer, books):
    customer, shopper = payer("Received")
    invoice = business.invoice(customer)
    books.last_attempt(customer, "pending")
    ((_, made),) = peer.of(shopper)
    told = peer.authorises(made["pspReference"], success=False, reason="Not enough balance")
    assert told.status_code == 200
    business.becomes(invoice, "failed")
    assert books.last_attempt(customer, "declined")["decline_class"] == "insufficient_funds"


@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_has_its_class(business, payer, books, code):
    reason, decline_class, retry_class = REFUSED[code]
    customer, _ = payer("Refused", code, reason)
    business.becomes(business.invoice(customer), "failed")
    attempt = books.last_attempt(customer, "declined")
    assert (attempt["decline_class"], attempt["decision"]["retry_class"]) == (
        decline_class, retry_class,
    )


def test_a_refund_is_given_back_when_a_webhook_says_so(business, peer, payer, books):
    customer, shopper = payer("Authorised")
    invoice = business.becomes(business.invoice(customer), "succeeded")
    (payment,) = business.payments(invoice)
    given_back = books.refund_is(books.gives_back(payment, amount_cents=2000), "pending")
    number = given_back["provider_refund_id"]
    assert peer.modifications[number][2]["amount"] == {"currency": "EUR", "value": 2000}
    assert peer.modifies(number, "REFUND").status_code == 200
    books.refund_is(given_back, "succeeded")

    refused = books.refund_is(books.gives_back(payment), "pending")
    number = refused["provider_refund_id"]
    assert peer.modifies(number, "REFUND", success=False, reason="no money").status_code == 200
    books.refund_is(refused, "failed")


def test_a_charge_back_is_a_lost_dispute(business, peer, payer):
    customer, shopper = payer("Authorised")
    invoice = business.becomes(business.invoice(customer), "succeeded")
    ((asked, made),) = peer.of(shopper)
    item = peer.item(
        "CHARGEBACK", True, "DISPUTE1", asked["amount"], asked["reference"],
        originalReference=made["pspReference"], reason="Fraud",
    )
    assert peer.tells(item).status_code == 200

    def is_lost():
        return business.client.invoices.find(invoice.lago_id).payment_dispute_lost_at

    until(is_lost, "the dispute is lost")


def test_a_payer_pays_on_the_page_and_the_card_is_kept(business, peer, unique):
    shopper = f"shopper_{unique}"
    customer = business.customer(provider_customer_id=shopper)
    invoice = business.invoice(customer)
    page = payers.presses(business.client.invoices.payment_url(invoice.lago_id))
    assert page.startswith(peer.address)
    assert peer.payer_completes(page).status_code == 200
    business.becomes(invoice, "succeeded")
    (method,) = business.has_method(customer)
    assert method.provider_method_id in peer.stored
    business.becomes(business.invoice(customer), "succeeded")


def test_the_stand_in_answers_adyens_own_library(peer, monkeypatch):
    # The library has no setting for the address.
    send = requests.Session.request

    def redirected(session, method, url, *arguments, **options):
        url = url.replace("https://checkout-test.adyen.com/v72", peer.address)
        url = url.replace("https://checkout-test.adyen.com/v71", peer.address)
        assert url.startswith(peer.address), url
        return send(session, method, url, *arguments, **options)

    monkeypatch.setattr(requests.Session, "request", redirected)
    library = Adyen.Adyen(xapikey=API_KEY, platform="test", http_force="requests")
    checkout = library.checkout
    token = peer.stores("shopper_library")
    stored = checkout.recurring_api.get_tokens_for_stored_payment_details(
        query_parameters={"merchantAccount": ACCOUNT, "shopperReference": "shopper_library"}
    ).message
    assert [it["id"] for it in stored["storedPaymentMethods"]] == [token]
    payment = {
        "merchantAccount": ACCOUNT, "amount": {"currency": "EUR", "value": 1000},
        "reference": "library-1", "returnUrl": "https://a.example",
        "paymentMethod": {"type": "scheme", "storedPaymentMethodId": token},
        "shopperReference": "shopper_library", "shopperInteraction": "ContAuth",
        "recurringProcessingModel": "UnscheduledCardOnFile",
    }
    paid = checkout.payments_api.payments(payment, idempotency_key="library-1")
    again = checkout.payments_api.payments(payment, idempotency_key="library-1")
    assert paid.message["resultCode"] == "Authorised"
    assert again.message["pspReference"] == paid.message["pspReference"]
    refund = checkout.modifications_api.refund_captured_payment(
        {"merchantAccount": ACCOUNT, "amount": {"currency": "EUR", "value": 100}, "reference": "r"},
        paid.message["pspReference"],
    )
    assert refund.message["status"] == "received"
    link = checkout.payment_links_api.payment_links({
        "merchantAccount": ACCOUNT, "amount": {"currency": "EUR", "value": 1000},
        "reference": "library-2", "shopperReference": "shopper_library",
    })
    id = link.message["id"]
    assert checkout.payment_links_api.get_payment_link(id).message["status"] == "active"
    expired = checkout.payment_links_api.update_payment_link({"status": "expired"}, id)
    assert expired.message["status"] == "expired"


def test_the_stand_in_answers_as_published(peer):
    # Runs last: everything that was asked and answered above is looked at.
    described = published.description("adyen-checkout-slice.json")
    assert peer.seen
    assert [fault for seen in peer.seen for fault in described.faults(*seen)] == []
    asked = next(it for it, _ in peer.seen if (it.method, it.path) == ("POST", "/payments"))
    status = 200
    assert described.faults(asked, answer(status, {"pspReference": 1})), "it would find something"
