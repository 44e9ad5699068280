"""The habits of the client library that a server has to live with, and the errors it reads."""

import httpx
import pytest
from lago_python_client.client import Client
from lago_python_client.exceptions import LagoApiError
from lago_python_client.models.add_on import AddOn
from lago_python_client.models.customer import Customer
from lago_python_client.models.invoice import (
    Invoice,
    InvoiceFee,
    InvoiceFeesList,
    InvoiceMetadata,
    InvoiceMetadataList,
    OneOffInvoice,
)
from lago_python_client.models.organization import Organization
from lago_python_client.models.payment import Payment
from lago_python_client.models.payment_method import PaymentMethod
from lago_python_client.models.tax import Tax


def refused(call, *arguments):
    """The error of a call that has to be refused."""
    with pytest.raises(LagoApiError) as error:
        call(*arguments)
    return error.value


def test_a_wrong_key_is_refused(recoup):
    stranger = Client(api_key="00000000-0000-0000-0000-000000000000", api_url=f"{recoup.address}/")
    error = refused(stranger.customers.find_all)
    assert error.status_code == 401
    assert error.response == {"status": 401, "error": "Unauthorized"}


def test_lists_of_a_customer_come_without_a_key_unless_it_is_in_the_address(business):
    customer, _ = business.payer("ok")
    error = refused(business.client.customer_payment_methods.find_all, customer.external_id)
    assert error.status_code == 401
    assert len(business.has_method(customer)) == 1


def test_what_is_not_there_is_named(business):
    client = business.client
    for call, code in (
        (client.customers.find, "customer_not_found"),
        (client.invoices.find, "invoice_not_found"),
        (client.payments.find, "payment_not_found"),
        (client.add_ons.find, "add_on_not_found"),
        (client.taxes.find, "tax_not_found"),
        (client.webhook_endpoints.find, "webhook_endpoint_not_found"),
    ):
        error = refused(call, "nothing-of-that-name")
        assert (error.status_code, error.response["code"]) == (404, code)


def test_what_is_not_built_is_not_pretended(recoup):
    for method, path in (
        ("POST", "/events"),
        ("POST", "/invoices/preview"),
        ("POST", "/credit_notes"),
        ("PATCH", "/customers"),
        ("DELETE", "/webhooks/public_key"),
    ):
        answer = recoup.api(method, f"/api/v1{path}", json={})
        assert answer.status_code == 404, path
        assert answer.json()["code"] == "resource_not_found", path


def test_the_catalog_is_kept(client, unique):
    tax = client.taxes.create(Tax(name="VAT", code=f"vat-{unique}", rate=20.0))
    code = f"set/up {unique}.1"
    add_on = client.add_ons.create(
        AddOn(
            name="Set-up", code=f"setup-{unique}", amount_cents=5000, amount_currency="EUR",
            tax_codes=[tax.code],
        )
    )
    assert [it.code for it in add_on.taxes.__root__] == [tax.code]
    changed = client.add_ons.update(AddOn(amount_cents=7000), add_on.code)
    assert (changed.amount_cents, changed.name) == (7000, "Set-up")
    assert client.add_ons.destroy(add_on.code).code == add_on.code
    assert refused(client.add_ons.find, add_on.code).status_code == 404
    assert client.taxes.destroy(tax.code).code == tax.code
    error = refused(
        client.add_ons.create, AddOn(name="x", code=code, amount_cents=0, amount_currency="EUR")
    )
    assert error.status_code == 422
    assert error.response["code"] == "validation_errors"
    assert error.response["error_details"]["amount_cents"] == ["value_is_out_of_range"]


def test_tax_is_added_to_an_invoice(business, unique):
    client = business.client
    tax = client.taxes.create(Tax(name="VAT", code=f"vat-{unique}", rate=19.0))
    customer, payer = business.payer("ok")
    business.has_method(customer)
    fee = InvoiceFee(add_on_code=business.add_on(), units=3, unit_amount_cents=333, tax_codes=[tax.code])
    invoice = client.invoices.create(
        OneOffInvoice(
            external_customer_id=customer.external_id, currency="EUR",
            fees=InvoiceFeesList(__root__=[fee]),
        )
    )
    assert (invoice.fees_amount_cents, invoice.taxes_amount_cents) == (999, 190)
    assert invoice.total_amount_cents == 1189
    business.becomes(invoice, "succeeded")
    assert business.recoup.taken(payer) == [1189]


def test_the_organization_is_changed(client):
    changed = client.organizations.update(Organization(default_currency="EUR", net_payment_term=0))
    assert changed.name


def test_a_customer_is_made_once_and_changed_after(business):
    customer, payer = business.payer("ok")
    again = business.client.customers.create(
        Customer(external_id=customer.external_id, name="Birch Bakery")
    )
    assert again.lago_id == customer.lago_id
    assert again.name == "Birch Bakery"
    assert again.email == customer.email, "what is not said stays"
    assert again.billing_configuration.provider_customer_id == payer
    found = business.client.customers.find_all({"search_term": customer.external_id})
    assert [it.lago_id for it in found["customers"]] == [customer.lago_id]


def test_a_connection_that_is_not_there_leaves_no_customer_behind(client, unique):
    from lago_python_client.models.customer import CustomerBillingConfiguration

    configuration = CustomerBillingConfiguration(
        payment_provider="sandbox", payment_provider_code="nowhere", provider_customer_id="cus_ok"
    )
    error = refused(
        client.customers.create,
        Customer(external_id=f"lost-{unique}", billing_configuration=configuration),
    )
    assert error.status_code == 422
    assert error.response["error_details"] == {"base": ["payment_provider_not_found"]}
    assert refused(client.customers.find, f"lost-{unique}").status_code == 404


def test_an_invoice_is_refused_for_what_is_wrong_with_it(business):
    customer, _ = business.payer("ok")
    no_fees = OneOffInvoice(
        external_customer_id=customer.external_id, currency="EUR", fees=InvoiceFeesList(__root__=[])
    )
    assert refused(business.client.invoices.create, no_fees).response["code"] == "fees_not_found"
    unknown = OneOffInvoice(
        external_customer_id=customer.external_id, currency="EUR",
        fees=InvoiceFeesList(__root__=[InvoiceFee(add_on_code="nothing", units=1)]),
    )
    assert refused(business.client.invoices.create, unknown).response["code"] == "add_on_not_found"
    nobody = OneOffInvoice(
        external_customer_id="nobody", currency="EUR",
        fees=InvoiceFeesList(__root__=[InvoiceFee(add_on_code=business.add_on(), units=1)]),
    )
    assert refused(business.client.invoices.create, nobody).response["code"] == "customer_not_found"


def test_a_manual_payment_settles_and_nothing_is_charged(recoup, business):
    customer, payer = business.payer("declined_insufficient_funds")
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "failed")
    pay = business.client.payments.create
    half = pay(Payment(invoice_id=invoice.lago_id, amount_cents=2000, reference="wire 1"))
    assert (half.type, half.payment_status, half.reference) == ("manual", "succeeded", "wire 1")
    assert business.client.invoices.find(invoice.lago_id).total_due_amount_cents == 3000
    error = refused(pay, Payment(invoice_id=invoice.lago_id, amount_cents=3001, reference="wire 2"))
    assert error.response["error_details"] == {"amount_cents": ["value_is_out_of_range"]}
    pay(Payment(invoice_id=invoice.lago_id, amount_cents=3000, reference="wire 3"))
    business.becomes(invoice, "succeeded")
    recoup.advance(days=30)
    assert recoup.taken(payer) == []


def test_a_manual_invoice_waits_for_its_payer(recoup, business):
    customer, payer = business.payer("ok")
    business.has_method(customer)
    manual = PaymentMethod(payment_method_type="manual")
    invoice = business.invoice(customer, payment_method=manual)
    assert business.client.invoices.retry_payment(invoice.lago_id) is None
    recoup.advance(days=2)
    assert recoup.ledger(payer) == []
    provider = PaymentMethod(payment_method_type="provider")
    business.client.invoices.retry_payment(invoice.lago_id, provider)
    business.becomes(invoice, "succeeded")
    assert recoup.taken(payer) == [5000]


def test_a_voided_invoice_is_not_charged(recoup, business):
    customer, payer = business.payer("declined_insufficient_funds")
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "failed")
    voided = business.client.invoices.void(invoice.lago_id)
    assert (voided.status, voided.total_due_amount_cents) == ("voided", 0)
    error = refused(business.client.invoices.retry_payment, invoice.lago_id)
    assert (error.status_code, error.response["code"]) == (405, "invalid_status")
    assert refused(business.client.invoices.void, invoice.lago_id).status_code == 405
    recoup.advance(days=30)
    assert len(recoup.ledger(payer)) == 1


def test_a_lost_dispute_is_noted(business):
    customer, _ = business.payer("ok")
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "succeeded")
    disputed = business.client.invoices.lose_dispute(invoice.lago_id)
    assert disputed.payment_dispute_lost_at
    assert disputed.payment_status == "succeeded"


def test_a_paid_invoice_is_not_charged_again(recoup, business):
    customer, payer = business.payer("ok")
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "succeeded")
    error = refused(business.client.invoices.retry_payment, invoice.lago_id)
    assert (error.status_code, error.response["code"]) == (405, "invalid_status")
    assert recoup.taken(payer) == [5000]


def test_metadata_of_an_invoice_is_replaced(business):
    customer, _ = business.payer("ok")
    invoice = business.invoice(customer)
    metadata = InvoiceMetadataList(__root__=[InvoiceMetadata(key="po", value="17")])
    changed = business.client.invoices.update(Invoice(metadata=metadata), invoice.lago_id)
    assert [(it.key, it.value) for it in changed.metadata.__root__] == [("po", "17")]


def test_methods_are_chosen_and_removed(recoup, business):
    customer, payer = business.payer("declined_expired_card")
    (first,) = business.has_method(customer)
    method = f"pm_ok__{customer.external_id}"
    added = httpx.post(
        f"{recoup.address}/sandbox/v1/customers/{payer}/methods",
        headers={"Authorization": "Bearer sk_sandbox_anyone"},
        json={"method": method},
    )
    assert added.status_code == 200, added.text
    recoup.advance(seconds=1)
    second = next(it for it in business.methods(customer) if it.provider_method_id == method)
    chosen = business.client.customer_payment_methods.set_as_default(
        customer.external_id, second.lago_id
    )
    assert chosen.is_default
    assert [it.is_default for it in business.methods(customer)].count(True) == 1
    business.becomes(business.invoice(customer), "succeeded")

    removed = business.client.customer_payment_methods.destroy(customer.external_id, second.lago_id)
    assert not removed.is_default
    assert [it.lago_id for it in business.methods(customer)] == [first.lago_id]
    error = refused(
        business.client.customer_payment_methods.destroy, customer.external_id, second.lago_id
    )
    assert (error.status_code, error.response["code"]) == (404, "payment_method_not_found")


def test_lists_come_in_pages(business):
    customer, _ = business.payer("ok")
    made = [business.invoice(customer).lago_id for _ in range(3)]
    options = {"external_customer_id": customer.external_id, "per_page": 2}
    first = business.client.invoices.find_all(options)
    assert first["meta"]["total_count"] == 3
    assert (first["meta"]["current_page"], first["meta"]["total_pages"]) == (1, 2)
    second = business.client.invoices.find_all({**options, "page": first["meta"]["next_page"]})
    listed = [it.lago_id for it in first["invoices"] + second["invoices"]]
    assert sorted(listed) == sorted(made)


def test_bad_input_is_an_error_and_never_ours(recoup):
    for body in (b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"invoice": null}', b'{"invoice": []}'):
        answer = recoup.api(
            "POST", "/api/v1/invoices", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400, (body, answer.text)
        assert answer.json()["status"] == 400
