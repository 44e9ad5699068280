"""A page of Stripe's, from the link to the paid invoice, against emulate, which nobody here wrote:
its payer completes the page, and its webhook is signed.

What it cannot do, and so is not shown here: prices that are described (a proxy puts in one of its
own), setup pages that leave a method, stored methods, charges without the payer, refunds, keys, and
declines. Its webhooks have no id and no time of their own."""

import httpx
import pytest

import payer as payers
import signing
from connecting import connect
from emulate import Emulate, Priced
from receiver import Receiver
from waiting import until

SECRET = "whsec_emulate"
CENTS = 5000


@pytest.fixture(scope="module")
def emulate(live_recoup, tmp_path_factory):
    hook = f"{live_recoup.address}/webhooks/stripe/stripe"
    peer = Emulate(tmp_path_factory.mktemp("emulate"), hook, SECRET, CENTS)
    yield peer
    peer.end()


@pytest.fixture(scope="module")
def business(live_recoup, emulate):
    proxy = Priced(emulate, CENTS)
    yield connect(
        live_recoup, "stripe", secret_key="sk_test_emulate", webhook_secret=SECRET,
        base_url=proxy.address, reduced_parameters="false",
    )
    proxy.end()


def linked(business):
    """A customer who was made at the provider, and their id there."""
    customer = business.customer(sync_with_provider=True)

    def found():
        read = business.client.customers.find(customer.external_id)
        return read.billing_configuration.provider_customer_id

    return customer, until(found, "the provider has the customer")


def completes(page):
    """The payer presses the button of the provider's page."""
    shown = httpx.get(page)
    assert shown.status_code == 200 and "html" in shown.headers["content-type"]
    return httpx.post(f"{page}/complete", follow_redirects=False, timeout=30)


def test_a_payer_completes_the_page_and_the_invoice_is_paid(business, emulate):
    customer, payer = linked(business)
    invoice = business.invoice(customer)
    page = payers.presses(business.client.invoices.payment_url(invoice.lago_id))
    assert f":{emulate.address.rsplit(':', 1)[1]}/" in page
    assert business.client.invoices.find(invoice.lago_id).payment_status == "pending"

    done = completes(page)
    assert done.status_code == 302, done.text
    paid = business.becomes(invoice, "succeeded")
    assert (paid.total_paid_amount_cents, paid.total_due_amount_cents) == (CENTS, 0)
    (payment,) = business.payments(invoice)
    assert payment.payment_status == "succeeded"
    session = emulate.get(f"/v1/checkout/sessions/{page.rsplit('/', 1)[1]}")
    assert (session["status"], session["payment_status"]) == ("complete", "paid")
    assert session["customer"] == payer


def test_a_page_that_nobody_completes_is_closed(live_recoup, business, emulate):
    customer, _ = linked(business)
    invoice = business.invoice(customer)
    page = payers.presses(business.client.invoices.payment_url(invoice.lago_id))
    by_hand = {"invoice_id": invoice.lago_id, "amount_cents": CENTS, "reference": "transfer"}
    answer = live_recoup.api("POST", "/api/v1/payments", json={"payment": by_hand})
    assert answer.status_code == 200, answer.text
    live_recoup.run("job", "run", "expire-links")
    completes(page)
    session = emulate.get(f"/v1/checkout/sessions/{page.rsplit('/', 1)[1]}")
    assert (session["status"], session["payment_status"]) == ("expired", "unpaid")


def test_what_emulate_signs_is_signed_as_stripes_library_expects(
    live_recoup, tmp_path_factory, unique
):
    witness = Receiver()
    peer = Emulate(tmp_path_factory.mktemp("witness"), witness.url("/"), SECRET, CENTS)
    try:
        answer = httpx.post(
            f"{peer.address}/v1/customers", data={"name": "Aster"}, auth=("sk_test_x", ""),
        )
        assert answer.status_code == 200, answer.text
        told = until(lambda: witness.at("/"), "emulate has signed something")[0]
    finally:
        peer.end()
        witness.end()
    headers = {"Stripe-Signature": told.headers["stripe-signature"]}
    assert signing.stripe_accepts(told.body, headers, SECRET)
    assert not signing.stripe_accepts(told.body, headers, "whsec_other")
