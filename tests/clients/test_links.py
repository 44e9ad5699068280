"""Pages where a payer pays one invoice, or leaves a payment method."""

from urllib.parse import urlsplit

import pytest
from lago_python_client.exceptions import LagoApiError

import payer as payers
from waiting import until


def paid_by_link(recoup, business, behaviour, card="ok"):
    """An invoice of a customer whose card does not work, paid on the page by another."""
    customer, provider_customer = business.payer(behaviour)
    invoice = business.invoice(customer)
    if behaviour != "no_method":
        business.becomes(invoice, "failed")
    url = business.client.invoices.payment_url(invoice.lago_id)
    answer = payers.chooses(url, card)
    assert answer.status_code in (302, 303), answer.text
    recoup.advance(seconds=1)
    return customer, provider_customer, business.becomes(invoice, "succeeded")


def test_a_payer_pays_by_link_and_is_not_charged_again(recoup, business):
    customer, payer, invoice = paid_by_link(recoup, business, "declined_insufficient_funds")
    assert invoice.total_paid_amount_cents == 5000
    recoup.advance(days=30)
    assert recoup.taken(payer) == [5000]
    statuses = sorted(payment.payment_status for payment in business.payments(invoice))
    assert statuses == ["failed", "succeeded"]


def test_the_method_of_a_payer_without_one_is_kept(recoup, business):
    customer, payer, _ = paid_by_link(recoup, business, "no_method")
    (method,) = business.has_method(customer)
    assert method.is_default
    assert method.provider_method_id.startswith("pm_ok")

    second = business.invoice(customer)
    business.becomes(second, "succeeded")
    assert recoup.taken(payer) == [5000, 5000], "the next invoice needs no page"


def test_a_refused_card_on_the_page_may_be_followed_by_a_better_one(recoup, business):
    customer, payer = business.payer("no_method")
    invoice = business.invoice(customer)
    url = business.client.invoices.payment_url(invoice.lago_id)
    refused = payers.chooses(url, "declined_insufficient_funds")
    assert "location" not in refused.headers, "the page stays"
    assert payers.chooses(url, "ok").status_code in (302, 303)
    recoup.advance(seconds=1)
    business.becomes(invoice, "succeeded")
    recoup.advance(days=30)
    assert recoup.taken(payer) == [5000]


def test_one_link_per_invoice_for_a_day(recoup, business):
    customer, _ = business.payer("declined_insufficient_funds")
    invoice = business.becomes(business.invoice(customer), "failed")
    first = business.client.invoices.payment_url(invoice.lago_id)
    assert urlsplit(first).scheme == "http"
    assert business.client.invoices.payment_url(invoice.lago_id) == first
    recoup.advance(hours=25)
    assert business.client.invoices.payment_url(invoice.lago_id) != first


def test_a_link_that_a_charge_has_overtaken_takes_no_money(recoup, business):
    customer, payer = business.payer("fails_1_insufficient_funds")
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "failed")
    url = business.client.invoices.payment_url(invoice.lago_id)
    business.client.invoices.retry_payment(invoice.lago_id)
    recoup.advance(days=2)
    business.becomes(invoice, "succeeded")
    try:
        payers.chooses(url, "ok")
    except AssertionError:
        pass  # The page is gone, or has nothing to choose.
    recoup.advance(days=2)
    assert recoup.taken(payer) == [5000]


def test_a_paid_invoice_has_no_link(recoup, business):
    customer, _ = business.payer("ok")
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "succeeded")
    with pytest.raises(LagoApiError) as refused:
        business.client.invoices.payment_url(invoice.lago_id)
    assert refused.value.status_code == 422
    details = refused.value.response["error_details"]
    assert details == {"base": ["invalid_invoice_status_or_payment_status"]}


def test_a_customer_made_at_the_provider_leaves_a_card_that_is_charged(recoup, business):
    customer = business.customer(sync_with_provider=True)

    def linked():
        found = business.client.customers.find(customer.external_id)
        return found.billing_configuration.provider_customer_id

    payer = until(linked, "the provider has made the customer")
    invoice = business.invoice(customer)
    url = business.client.customers.checkout_url(customer.external_id)
    assert url != business.client.customers.checkout_url(customer.external_id), "each call: a new one"
    assert payers.chooses(url, "ok").status_code in (302, 303)
    recoup.advance(seconds=1)
    (method,) = business.has_method(customer)
    assert method.is_default
    business.becomes(invoice, "succeeded")
    assert recoup.taken(payer) == [5000]


def test_who_is_linked_to_no_provider_has_no_page(recoup, business, client, unique):
    from lago_python_client.models.customer import Customer

    made = client.customers.create(Customer(external_id=f"alone-{unique}", currency="EUR"))
    with pytest.raises(LagoApiError) as refused:
        client.customers.checkout_url(made.external_id)
    assert refused.value.status_code == 422
    assert refused.value.response["error_details"] == {"base": ["no_linked_payment_provider"]}
    invoice = business.invoice(made)
    with pytest.raises(LagoApiError) as refused:
        client.invoices.payment_url(invoice.lago_id)
    assert refused.value.response["error_details"] == {"base": ["no_linked_payment_provider"]}
