"""What is overdue: asked for together, dunned, and receipted once it is paid."""

import httpx
import pytest
from lago_python_client.exceptions import LagoApiError
from lago_python_client.models.payment_method import PaymentMethod
from lago_python_client.models.payment_request import PaymentRequest

from waiting import until


@pytest.fixture
def overdue(recoup, business):
    """Two overdue invoices that were to be paid by hand, of a customer with a card."""

    def make(behaviour="ok"):
        customer, payer = business.payer(behaviour)
        business.has_method(customer)
        by_hand = PaymentMethod(payment_method_type="manual")
        invoices = [
            business.invoice(customer, amount, payment_method=by_hand) for amount in (1000, 2500)
        ]
        recoup.advance(days=2)
        for invoice in invoices:
            assert business.client.invoices.find(invoice.lago_id).payment_overdue
        return customer, payer, invoices

    return make


def ask(client, customer, invoices, email="owner@aster.example"):
    wanted = PaymentRequest(
        email=email, external_customer_id=customer.external_id,
        lago_invoice_ids=[invoice.lago_id for invoice in invoices],
    )
    return client.payment_requests.create(wanted)


def test_several_overdue_invoices_are_paid_by_one_charge(recoup, business, client, overdue):
    customer, payer, invoices = overdue()
    request = ask(client, customer, invoices)
    assert (request.amount_cents, request.amount_currency) == (3500, "EUR")
    assert len(request.invoices.__root__) == 2
    recoup.advance(seconds=1)
    until(
        lambda: client.payment_requests.find(request.lago_id).payment_status == "succeeded",
        "the request is paid",
    )
    for invoice in invoices:
        paid = business.becomes(invoice, "succeeded")
        assert not paid.payment_overdue
    assert recoup.taken(payer) == [3500]
    recoup.advance(days=30)
    assert recoup.taken(payer) == [3500], "nothing is charged twice"

    (payment,) = [it for it in business.payments(invoices[0]) if it.payment_status == "succeeded"]
    assert sorted(payment.invoice_ids) == sorted(it.lago_id for it in invoices)
    found = client.payment_requests.find_all({"external_customer_id": customer.external_id})
    assert [it.lago_id for it in found["payment_requests"]] == [request.lago_id]
    nested = business.lists.customer_payment_requests.find_all(customer.external_id)
    assert len(nested["payment_requests"]) == 1


def test_what_is_not_overdue_is_not_asked_for(business, client):
    customer, _ = business.payer("declined_lost_card")
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "failed")
    with pytest.raises(LagoApiError) as error:
        ask(client, customer, [invoice])
    assert (error.value.status_code, error.value.response["code"]) == (405, "invoices_not_overdue")


def test_a_paid_invoice_has_a_receipt_that_can_be_printed(business, client):
    customer, _ = business.payer("ok")
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "succeeded")
    found = client.payment_receipts.find_all({"invoice_id": invoice.lago_id})
    (receipt,) = found["payment_receipts"]
    assert receipt.payment.amount_cents == 5000
    assert client.payment_receipts.find(receipt.lago_id).number == receipt.number
    raw = business.recoup.api("GET", f"/api/v1/payment_receipts/{receipt.lago_id}").json()
    printed = httpx.get(raw["payment_receipt"]["file_url"])
    assert printed.status_code == 200
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")


def test_fees_are_found(business, client):
    customer, _ = business.payer("ok")
    invoice = business.invoice(customer)
    (line,) = client.invoices.find(invoice.lago_id).fees.__root__
    fee = client.fees.find(line.lago_id)
    assert (fee.amount_cents, fee.item.type) == (5000, "add_on")
    found = client.fees.find_all({"external_customer_id": customer.external_id})["fees"]
    assert [it.lago_id for it in found] == [line.lago_id]


def test_a_customer_has_a_portal(business, client):
    customer, _ = business.payer("ok")
    page = httpx.get(client.customers.portal_url(customer.external_id), follow_redirects=True)
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
