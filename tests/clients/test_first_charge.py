"""A business installs recoup and collects its first invoice with the Lago client that it has:
no setting, no clock that anybody moves, the pretend provider that test mode brings along."""

import pytest

from business import Business


@pytest.fixture
def business(live_recoup):
    return Business(live_recoup)


def test_an_invoice_is_charged_and_read_until_it_is_paid(live_recoup, business):
    customer, payer = business.payer("ok")
    configuration = customer.billing_configuration
    assert configuration.payment_provider == "sandbox"
    assert configuration.payment_provider_code == "sandbox"
    assert configuration.provider_customer_id == payer
    business.has_method(customer)

    invoice = business.invoice(customer, units=2)
    assert invoice.status == "finalized"
    assert invoice.payment_status == "pending", "the answer does not wait for the provider"
    assert invoice.total_amount_cents == invoice.total_due_amount_cents == 10_000

    paid = business.becomes(invoice, "succeeded")
    assert (paid.total_paid_amount_cents, paid.total_due_amount_cents) == (10_000, 0)
    assert live_recoup.taken(payer) == [10_000]


def test_payments_and_methods_are_listed(live_recoup, business):
    customer, payer = business.payer("ok")
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "succeeded")

    (payment,) = business.payments(invoice)
    assert payment.payment_status == "succeeded"
    assert payment.type == "provider"
    assert payment.invoice_ids == [invoice.lago_id]
    assert payment.invoice_numbers == [invoice.number]
    assert (payment.amount_cents, payment.amount_currency) == (5000, "EUR")
    (charge,) = live_recoup.ledger(payer)
    assert payment.external_payment_id == charge["id"]
    assert business.client.payments.find(payment.lago_id).lago_id == payment.lago_id

    (method,) = business.methods(customer)
    assert method.is_default
    assert method.provider_method_id == payer.replace("cus_", "pm_", 1)
    assert (method.payment_provider_type, method.payment_provider_code) == ("sandbox", "sandbox")

    mine = business.lists.customer_payments.find_all(customer.external_id)["payments"]
    assert [it.lago_id for it in mine] == [payment.lago_id]
    invoices = business.lists.customer_invoices.find_all(customer.external_id)["invoices"]
    assert [it.lago_id for it in invoices] == [invoice.lago_id]


def test_a_failed_charge_is_retried_on_demand(live_recoup, business):
    customer, payer = business.payer("fails_1_insufficient_funds")
    business.has_method(customer)
    invoice = business.invoice(customer)
    failed = business.becomes(invoice, "failed")
    assert failed.total_due_amount_cents == 5000
    assert live_recoup.taken(payer) == []

    assert business.client.invoices.retry_payment(invoice.lago_id) is None
    business.becomes(invoice, "succeeded")
    assert live_recoup.taken(payer) == [5000]
    statuses = sorted(payment.payment_status for payment in business.payments(invoice))
    assert statuses == ["failed", "succeeded"]


def test_what_was_collected_is_still_known_after_a_restart(live_recoup, business):
    customer, payer = business.payer("ok")
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "succeeded")
    assert live_recoup.end() == 0
    live_recoup.start()
    again = Business(live_recoup)
    assert again.client.invoices.find(invoice.lago_id).payment_status == "succeeded"
    assert live_recoup.taken(payer) == [5000]
    assert live_recoup.json("connection", "list", "--json")[0]["code"] == "sandbox"
