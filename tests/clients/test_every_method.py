"""Methods of the client library that no other story calls, so that each one that reaches a server
is told once."""

import pytest
from lago_python_client.exceptions import LagoApiError
from lago_python_client.models.add_on import AddOn
from lago_python_client.models.customer import Customer
from lago_python_client.models.payment_method import PaymentMethod
from lago_python_client.models.tax import Tax
from lago_python_client.models.wallet import Wallet
from lago_python_client.models.webhook_endpoint import WebhookEndpoint

BY_HAND = PaymentMethod(payment_method_type="manual")


def refused(call, *arguments):
    """Status and code of a call that has to be refused."""
    with pytest.raises(LagoApiError) as error:
        call(*arguments)
    return error.value.status_code, error.value.response["code"]


def test_the_catalog_is_listed_and_changed(client, unique):
    tax = client.taxes.create(Tax(name="VAT", code=f"vat-{unique}", rate=20.0))
    assert client.taxes.update(Tax(name="Sales tax"), tax.code).rate == 20.0
    assert client.taxes.find(tax.code).name == "Sales tax"
    assert tax.code in [it.code for it in client.taxes.find_all({"per_page": 100})["taxes"]]
    add_on = client.add_ons.create(
        AddOn(name="Set-up", code=f"a-{unique}", amount_cents=1, amount_currency="EUR")
    )
    assert client.add_ons.find(add_on.code).lago_id == add_on.lago_id
    assert add_on.code in [it.code for it in client.add_ons.find_all()["add_ons"]]


def test_a_customer_is_found_and_deleted(client, unique):
    external_id = f"a.b@{unique}:c|d"
    made = client.customers.create(Customer(external_id=external_id, name="Aster Books"))
    assert client.customers.find(external_id).lago_id == made.lago_id
    assert client.customers.destroy(external_id).lago_id == made.lago_id
    assert refused(client.customers.find, external_id) == (404, "customer_not_found")


def test_the_wallets_of_a_customer_are_listed_with_the_key_in_the_address(business):
    customer, _ = business.payer("ok")
    made = business.client.wallets.create(
        Wallet(external_customer_id=customer.external_id, rate_amount="1.0", currency="EUR")
    )
    listed = business.lists.customer_wallets.find_all(customer.external_id)["wallets"]
    assert [it.lago_id for it in listed] == [made.lago_id]
    with pytest.raises(LagoApiError) as error:
        business.client.customer_wallets.find_all(customer.external_id)
    assert error.value.status_code == 401


def test_an_endpoint_is_listed_and_changed(client, unique):
    address = f"http://127.0.0.1:9/{unique}"
    made = client.webhook_endpoints.create(
        WebhookEndpoint(webhook_url=address, signature_algo="hmac")
    )
    changed = client.webhook_endpoints.update(
        WebhookEndpoint(webhook_url=f"{address}/new", signature_algo="jwt"), made.lago_id
    )
    assert (changed.webhook_url, changed.signature_algo) == (f"{address}/new", "jwt")
    listed = client.webhook_endpoints.find_all()["webhook_endpoints"]
    assert made.lago_id in [it.lago_id for it in listed]
    client.webhook_endpoints.destroy(made.lago_id)
    missing = refused(client.webhook_endpoints.find, made.lago_id)
    assert missing == (404, "webhook_endpoint_not_found")


def test_there_is_one_billing_entity(client):
    (entity,) = client.billing_entities.find_all()["billing_entities"]
    assert (entity.code, entity.is_default) == ("default", True)
    assert client.billing_entities.find("default").lago_id == entity.lago_id
    assert refused(client.billing_entities.find, "other") == (404, "billing_entity_not_found")


def test_an_invoice_is_voided_with_and_without_wishes(business):
    customer, _ = business.payer("ok")
    client = business.client
    plain, wishing = (business.invoice(customer, payment_method=BY_HAND) for _ in range(2))
    assert client.invoices.void_invoice(plain.lago_id).status == "voided"
    wish = {"generate_credit_note": True}
    refusal = refused(client.invoices.void_invoice, wishing.lago_id, wish)
    assert refusal == (403, "feature_unavailable")
    voided = client.invoices.void_invoice(wishing.lago_id, {"generate_credit_note": False})
    assert voided.status == "voided"


def test_what_there_is_not_is_refused(business):
    customer, _ = business.payer("ok")
    invoice = business.invoice(customer, payment_method=BY_HAND)
    invoices = business.client.invoices
    # Making an invoice never fails half-way here, and invoices are not printed.
    assert refused(invoices.retry, invoice.lago_id) == (405, "invalid_status")
    assert refused(invoices.download, invoice.lago_id) == (404, "resource_not_found")


def test_an_address_that_is_missing_is_an_error_and_never_an_empty_text(business):
    customer = business.client.customers.create(Customer(external_id="without-provider"))
    invoice = business.invoice(customer)
    for call, name in (
        (business.client.invoices.payment_url, invoice.lago_id),
        (business.client.customers.checkout_url, customer.external_id),
    ):
        with pytest.raises(LagoApiError) as error:
            call(name)
        assert error.value.response["error_details"] == {"base": ["no_linked_payment_provider"]}
    assert business.client.customers.portal_url(customer.external_id).startswith("http")
