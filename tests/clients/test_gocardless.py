"""Invoices collected by bank debit, against our stand-in for GoCardless; and the stand-in itself,
driven by GoCardless's own library."""

import gocardless_pro
import pytest
from gocardless_pro.errors import GoCardlessProError

import payer as payers
import published
import signing
from connecting import Books, connect_gocardless
from gocardless_peer import TOKEN, GoCardlessPeer
from serving import answer
from waiting import until

SECRET = "gocardless_stories"


@pytest.fixture(scope="module")
def peer():
    peer = GoCardlessPeer(SECRET)
    yield peer
    peer.end()


@pytest.fixture(scope="module")
def business(live_recoup, peer):
    return connect_gocardless(live_recoup, peer)


@pytest.fixture
def books(live_recoup):
    return Books(live_recoup)


def charged(business, peer):
    """A customer with a mandate, an invoice, and the payment that it became."""
    payer = peer.customer()
    mandate = peer.mandate(payer)
    customer = business.customer(provider_customer_id=payer)
    (method,) = business.has_method(customer)
    assert method.provider_method_id == mandate
    invoice = business.invoice(customer)
    (payment,) = until(lambda: peer.payments(payer), "GoCardless has the payment")
    assert (payment["amount"], payment["currency"]) == (5000, "EUR")
    return customer, invoice, payment


def test_a_debit_is_paid_when_a_signed_webhook_says_so(business, peer, books):
    customer, invoice, payment = charged(business, peer)
    books.last_attempt(customer, "pending")
    assert peer.happens("payments", payment["id"], "submitted") == 200
    assert business.client.invoices.find(invoice.lago_id).payment_status == "pending"
    assert peer.happens("payments", payment["id"], "confirmed") == 200
    business.becomes(invoice, "succeeded")
    assert len(peer.payments(payment_customer(peer, payment))) == 1
    (told,) = business.payments(invoice)
    assert told.external_payment_id == payment["id"]
    for body, signed in peer.told:
        headers = {"Webhook-Signature": signed}
        assert signing.gocardless_accepts(body, headers, SECRET)


def payment_customer(peer, payment):
    return peer.objects["mandates"][payment["links"]["mandate"]]["links"]["customer"]


def test_a_debit_that_fails_has_the_cause_of_its_event(business, peer, books):
    customer, invoice, payment = charged(business, peer)
    details = {"cause": "refer_to_payer", "scheme": "sepa_core", "reason_code": "AM04"}
    assert peer.happens("payments", payment["id"], "failed", **details) == 200
    business.becomes(invoice, "failed")
    attempt = books.last_attempt(customer, "declined")
    assert (attempt["decline_class"], attempt["decision"]["retry_class"]) == (
        "insufficient_funds", "soft",
    )


def test_what_gocardless_retries_by_itself_is_left_to_it(business, peer, books):
    customer, invoice, payment = charged(business, peer)
    details = {"cause": "insufficient_funds", "will_attempt_retry": True}
    assert peer.happens("payments", payment["id"], "failed", **details) == 200
    assert peer.happens("payments", payment["id"], "resubmission_requested",
                        status="pending_submission") == 200
    assert peer.happens("payments", payment["id"], "confirmed") == 200
    business.becomes(invoice, "succeeded")
    assert len(books.recovery(customer)["attempts"]) == 1


def test_a_debit_that_the_bank_takes_back_is_a_lost_dispute(business, peer):
    _, invoice, payment = charged(business, peer)
    assert peer.happens("payments", payment["id"], "confirmed") == 200
    business.becomes(invoice, "succeeded")
    assert peer.happens("payments", payment["id"], "charged_back", cause="refund_requested") == 200

    def is_lost():
        return business.client.invoices.find(invoice.lago_id).payment_dispute_lost_at

    until(is_lost, "the dispute is lost")


def test_a_refund_is_given_back_when_a_webhook_says_so(business, peer, books):
    _, invoice, payment = charged(business, peer)
    assert peer.happens("payments", payment["id"], "paid_out") == 200
    business.becomes(invoice, "succeeded")
    (told,) = business.payments(invoice)
    first = books.gives_back(told, amount_cents=2000)
    second = books.gives_back(told)
    for refund, amount in ((first, 2000), (second, 3000)):
        refund = books.refund_is(refund, "pending")
        made = peer.objects["refunds"][refund["provider_refund_id"]]
        assert made["amount"] == amount
        assert peer.happens("refunds", made["id"], "paid") == 200
        books.refund_is(refund, "succeeded")
    assert payment["amount_refunded"] == 5000


def test_a_mandate_that_died_asks_for_another(business, peer, books):
    payer = peer.customer()
    mandate = peer.mandate(payer)
    customer = business.customer(provider_customer_id=payer)
    business.has_method(customer)
    peer.objects["mandates"][mandate]["status"] = "cancelled"
    invoice = business.becomes(business.invoice(customer), "failed")
    attempt = books.last_attempt(customer, "declined")
    assert (attempt["decline_class"], attempt["decline_code"]) == (
        "mandate_cancelled", "mandate_is_inactive",
    )
    assert peer.happens("mandates", mandate, "cancelled") == 200, "it was only late"
    new = peer.mandate(payer)
    assert peer.happens("mandates", new, "created", status="pending_submission") == 200
    until(lambda: any(it.provider_method_id == new for it in business.methods(customer)), "it came")
    (payment,) = until(lambda: peer.payments(payer), "the new mandate is charged")
    assert payment["links"]["mandate"] == new
    assert peer.happens("payments", payment["id"], "confirmed") == 200
    business.becomes(invoice, "succeeded")


def test_a_payer_pays_on_the_page_and_leaves_a_mandate(business, peer):
    customer = business.customer(sync_with_provider=True)

    def linked():
        found = business.client.customers.find(customer.external_id)
        return found.billing_configuration.provider_customer_id

    payer = until(linked, "GoCardless has the customer")
    assert peer.objects["customers"][payer]["company_name"] == "Aster Books"
    invoice = business.invoice(customer)
    page = payers.presses(business.client.invoices.payment_url(invoice.lago_id))
    assert page.startswith(peer.address)
    assert peer.payer_completes(page) == 200
    business.becomes(invoice, "succeeded")
    (payment,) = peer.payments(payer)
    (method,) = business.has_method(customer)
    assert method.provider_method_id == payment["links"]["mandate"]


def test_the_stand_in_answers_gocardlesss_own_library(peer):
    library = gocardless_pro.Client(TOKEN, "sandbox", base_url=peer.address)
    customer = library.customers.create(params={"email": "a@b.example", "company_name": "A"})
    assert library.customers.get(customer.id).email == "a@b.example"
    mandate = peer.mandate(customer.id)
    given = {"amount": 1000, "currency": "EUR", "links": {"mandate": mandate}}
    once = {"Idempotency-Key": "library-1"}
    payment = library.payments.create(params=given, headers=once)
    again = library.payments.create(params=given, headers=once)
    assert (again.id, again.status) == (payment.id, "pending_submission")
    assert [it.id for it in library.payments.all(params={"mandate": mandate})] == [payment.id]
    assert library.payments.cancel(payment.id).status == "cancelled"
    with pytest.raises(GoCardlessProError):
        library.payments.cancel(payment.id)
    (event,) = library.events.list(params={"payment": payment.id, "action": "cancelled"}).records
    assert event.details.origin == "api"

    paid = library.payments.create(params=given)
    peer.objects["payments"][paid.id]["status"] = "paid_out"
    refund = library.refunds.create(params={
        "amount": 100, "total_amount_confirmation": 100, "links": {"payment": paid.id},
    })
    assert library.refunds.get(refund.id).amount == 100
    request = library.billing_requests.create(params={
        "mandate_request": {"currency": "EUR", "scheme": "sepa_core"},
        "links": {"customer": customer.id},
    })
    flow = library.billing_request_flows.create(params={
        "redirect_uri": "https://a.example", "links": {"billing_request": request.id},
    })
    assert flow.authorisation_url.endswith(request.id)
    assert library.billing_requests.cancel(request.id).status == "cancelled"


def test_the_stand_in_answers_as_published(peer):
    # Runs last: everything that was asked and answered above is looked at.
    described = published.description("gocardless-slice.json")
    assert peer.seen
    assert [fault for seen in peer.seen for fault in described.faults(*seen)] == []
    asked = next(it for it, _ in peer.seen if (it.method, it.path) == ("POST", "/payments"))
    status = 201
    assert described.faults(asked, answer(status, {"payments": {"id": 1}})), "it would find something"
