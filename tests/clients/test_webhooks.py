"""What the business is told: delivered to its endpoints, signed in the way it chose, verified
here with standard libraries and the key that the client library fetches."""

import base64
import hashlib
import hmac
import uuid

import jwt
import pytest
from lago_python_client.models.webhook_endpoint import WebhookEndpoint


@pytest.fixture
def endpoint(business, receiver, unique):
    """Makes an endpoint of the receiver; it is removed at the end."""
    made = []

    def make(algorithm, **more):
        path = f"/{unique}-{len(made)}"
        endpoint = business.client.webhook_endpoints.create(
            WebhookEndpoint(webhook_url=receiver.url(path), signature_algo=algorithm, **more)
        )
        assert endpoint.webhook_url == receiver.url(path)
        made.append(endpoint)
        return path

    yield make
    for endpoint in made:
        business.client.webhook_endpoints.destroy(endpoint.lago_id)


def about(invoice):
    """Whether an object of a webhook is about this invoice."""
    return lambda object: invoice.lago_id in (object.get("lago_id"), object.get("lago_invoice_id"))


def test_a_jwt_is_verified_with_the_public_key(recoup, business, receiver, endpoint):
    path = endpoint("jwt")
    customer, _ = business.payer("ok")
    business.has_method(customer)
    invoice = business.invoice(customer)
    delivery = receiver.waits_for(path, "invoice.payment_status_updated", about(invoice))

    public_key = business.client.webhooks.public_key()
    assert public_key.startswith(b"-----BEGIN PUBLIC KEY-----")
    plain = recoup.api("GET", "/api/v1/webhooks/public_key")
    assert plain.headers["content-type"].startswith("text/plain")
    assert base64.b64decode(plain.text) == public_key

    assert delivery.headers["x-lago-signature-algorithm"] == "jwt"
    signature = delivery.headers["x-lago-signature"]
    assert jwt.get_unverified_header(signature)["alg"] == "RS256"
    claims = jwt.decode(signature, public_key, algorithms=["RS256"], issuer=recoup.address)
    assert claims["data"] == delivery.body.decode()
    with pytest.raises(jwt.InvalidSignatureError):
        head, payload, seal = signature.split(".")
        forged = base64.urlsafe_b64encode(b'{"data":"{}","iss":"x"}').decode().rstrip("=")
        jwt.decode(f"{head}.{forged}.{seal}", public_key, algorithms=["RS256"])


def test_an_hmac_is_verified_with_the_organizations_key(recoup, business, receiver, endpoint):
    path = endpoint("hmac")
    customer, _ = business.payer("ok")
    business.has_method(customer)
    invoice = business.invoice(customer)
    delivery = receiver.waits_for(path, "invoice.payment_status_updated", about(invoice))

    assert delivery.headers["x-lago-signature-algorithm"] == "hmac"
    key = recoup.json("key", "webhooks", "--json")["hmac_key"].encode()
    expected = base64.b64encode(hmac.new(key, delivery.body, hashlib.sha256).digest()).decode()
    assert delivery.headers["x-lago-signature"] == expected


def test_a_payment_is_told_in_the_shape_of_lago(recoup, business, receiver, endpoint):
    path = endpoint("hmac")
    customer, _ = business.payer("ok")
    business.has_method(customer)
    invoice = business.invoice(customer)
    created = receiver.waits_for(path, "invoice.one_off_created", about(invoice))
    assert created.json["object_type"] == "invoice"
    assert created.headers["content-type"].startswith("application/json")
    uuid.UUID(created.headers["x-lago-unique-key"])
    assert created.json["organization_id"]
    assert created.object["customer"]["external_id"] == customer.external_id
    assert b'": ' not in created.body.split(b'"name"')[0], "compact, as Rails writes it"

    of_invoice = lambda payment: payment["invoice_ids"] == [invoice.lago_id]
    told = receiver.waits_for(path, "payment.succeeded", of_invoice)
    assert told.json["object_type"] == "payment"
    assert told.object["payment_status"] == "succeeded"
    assert told.object["payment_method"]["is_default"] is True
    updated = receiver.waits_for(path, "invoice.payment_status_updated", about(invoice))
    assert updated.object["payment_status"] == "succeeded"
    recoup.advance(days=1)
    said = [it for it in receiver.at(path, "payment.succeeded") if of_invoice(it.object)]
    assert len(said) == 1, "once per payment"


def test_each_failed_attempt_is_told_once(recoup, business, receiver, endpoint):
    path = endpoint("jwt")
    customer, payer = business.payer("declined_lost_card")
    business.has_method(customer)
    invoice = business.invoice(customer)
    failure = receiver.waits_for(path, "invoice.payment_failure", about(invoice))
    assert failure.json["object_type"] == "payment_provider_invoice_payment_error"
    told = failure.object
    assert told["external_customer_id"] == customer.external_id
    assert told["provider_customer_id"] == payer
    assert (told["payment_provider"], told["payment_provider_code"]) == ("sandbox", "sandbox")
    assert told["provider_error"]["error_code"] == "lost_card"
    recoup.advance(days=30)
    said = [it for it in receiver.at(path, "invoice.payment_failure") if about(invoice)(it.object)]
    assert len(said) == 1


def test_a_customer_without_a_method_is_told_of_at_a_retry(recoup, business, receiver, endpoint):
    path = endpoint("jwt")
    customer, _ = business.payer("no_method")
    invoice = business.invoice(customer)
    assert business.client.invoices.retry_payment(invoice.lago_id) is None
    told = receiver.waits_for(path, "invoice.payment_failure", about(invoice))
    assert told.object["error_details"]["code"] == "customer_has_no_payment_method"


def test_a_customer_made_at_the_provider_is_told_with_a_page(recoup, business, receiver, endpoint):
    path = endpoint("jwt")
    customer = business.customer(sync_with_provider=True)
    of_customer = lambda object: object["external_id"] == customer.external_id
    receiver.waits_for(path, "customer.created", of_customer)
    made = receiver.waits_for(path, "customer.payment_provider_created", of_customer)
    assert made.object["billing_configuration"]["provider_customer_id"].startswith("cus_")
    page = receiver.waits_for(
        path,
        "customer.checkout_url_generated",
        lambda object: object["external_customer_id"] == customer.external_id,
    )
    assert page.json["object_type"] == "payment_provider_customer_checkout_url"
    assert page.object["checkout_url"].startswith("http")


def test_a_refused_delivery_comes_again_with_the_same_key_and_bytes(
    recoup, business, receiver, endpoint
):
    path = endpoint("hmac", event_types=["customer.created"])
    receiver.answers(path, [500, 302])
    customer, _ = business.payer("ok")
    receiver.waits_for(path, "customer.created")
    recoup.advance(seconds=60)
    first, second, third = receiver.at(path)
    assert first.body == second.body == third.body
    assert len({it.headers["x-lago-unique-key"] for it in (first, second, third)}) == 1
    recoup.advance(days=1)
    assert len(receiver.at(path)) == 3, "what was taken is not sent again"


def test_a_delivery_that_is_always_refused_is_given_up(recoup, business, receiver, endpoint):
    path = endpoint("hmac", event_types=["customer.created"])
    receiver.answers(path, [500] * 10)
    business.payer("ok")
    receiver.waits_for(path, "customer.created")
    recoup.advance(days=1)
    assert len(receiver.at(path)) == 3


def test_only_what_was_subscribed_to_comes(recoup, business, receiver, endpoint):
    everything, some, nothing = endpoint("jwt"), endpoint("jwt", event_types=["payment.succeeded"]), None
    nothing = endpoint("hmac", event_types=[])
    customer, _ = business.payer("ok")
    business.has_method(customer)
    invoice = business.invoice(customer)
    receiver.waits_for(everything, "invoice.payment_status_updated", about(invoice))
    receiver.waits_for(some, "payment.succeeded")
    recoup.advance(seconds=5)
    assert {it.type for it in receiver.at(some)} == {"payment.succeeded"}
    assert receiver.at(nothing) == []


def test_endpoints_are_found_changed_and_removed(business, receiver, unique):
    endpoints = business.client.webhook_endpoints
    url = receiver.url(f"/{unique}")
    made = endpoints.create(WebhookEndpoint(webhook_url=url, name="books"))
    assert made.signature_algo == "jwt"
    changed = endpoints.update(
        WebhookEndpoint(webhook_url=url, signature_algo="hmac"), made.lago_id
    )
    assert (changed.signature_algo, changed.name) == ("hmac", "books")
    assert endpoints.find(made.lago_id).signature_algo == "hmac"
    listed = endpoints.find_all()["webhook_endpoints"]
    assert made.lago_id in [it.lago_id for it in listed]
    assert endpoints.destroy(made.lago_id).lago_id == made.lago_id
    assert made.lago_id not in [it.lago_id for it in endpoints.find_all()["webhook_endpoints"]]
