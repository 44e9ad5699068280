"""Our answers and webhooks against the description that Lago publishes of its API. The file is
not ours and not part of the repository: without it these are skipped."""

import os
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from lago_python_client.models.webhook_endpoint import WebhookEndpoint

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("SHARED_DIR", ROOT.parent / "shared"))
DESCRIPTION = SHARED / "contracts" / "lago-openapi-slice.yaml"

pytestmark = pytest.mark.skipif(
    not DESCRIPTION.exists(), reason="Lago's published description is not beside the repository"
)


class Published:
    """The description, and what it says an answer looks like."""

    def __init__(self):
        self.document = yaml.safe_load(DESCRIPTION.read_text())

    def faults(self, schema, value):
        """Where a value is not as a schema says. Lago sends null where its description knows only
        values, so that is none; and we have one provider more than Lago. It wants a `balance` of
        wallets beside `balance_cents` that no client knows."""
        whole = {**schema, "components": self.document["components"]}
        return [
            f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in Draft202012Validator(whole).iter_errors(value)
            if error.instance is not None
            and not (error.validator == "enum" and error.instance == "sandbox")
            and error.message != "'balance' is a required property"
        ]

    def of_answer(self, method, path, answer):
        operation = self.document["paths"][path][method.lower()]
        response = operation["responses"][str(answer.status_code)]
        while "$ref" in response:
            name = response["$ref"].rsplit("/", 1)[1]
            response = self.document["components"]["responses"][name]
        return self.faults(response["content"]["application/json"]["schema"], answer.json())

    def of_webhook(self, name, body):
        request = self.document["webhooks"][name]["post"]["requestBody"]
        return self.faults(request["content"]["application/json"]["schema"], body)


@pytest.fixture(scope="module")
def published():
    return Published()


@pytest.fixture
def asked(recoup, published):
    """Asks, and answers the JSON when it is as published."""

    def ask(method, path, status=200, json=None, **parts):
        answer = recoup.api(method, f"/api/v1{path.format(**parts)}", json=json)
        assert answer.status_code == status, answer.text
        assert published.of_answer(method, path, answer) == [], f"{method} {path}: {answer.text}"
        return answer.json()

    return ask


def test_answers_about_a_customer(business, asked):
    customer, _ = business.payer("ok")
    business.has_method(customer)
    business.becomes(business.invoice(customer), "succeeded")
    asked("GET", "/customers")
    this = {"external_customer_id": customer.external_id}
    asked("POST", "/customers", json={"customer": {"external_id": customer.external_id}})
    asked("GET", "/customers/{external_customer_id}", **this)
    asked("GET", "/customers/{external_customer_id}/invoices", **this)
    asked("GET", "/customers/{external_customer_id}/payments", **this)
    asked("POST", "/customers/{external_customer_id}/checkout_url", **this)
    methods = "/customers/{external_customer_id}/payment_methods"
    (method,) = asked("GET", methods, **this)["payment_methods"]
    this["lago_id"] = method["lago_id"]
    asked("PUT", f"{methods}/{{lago_id}}/set_as_default", **this)
    asked("DELETE", f"{methods}/{{lago_id}}", **this)
    asked("DELETE", "/customers/{external_customer_id}", **this)


def test_answers_about_an_invoice(business, asked):
    customer, _ = business.payer("declined_lost_card")
    fees = [{"add_on_code": business.add_on(), "units": 1}]
    wanted = {"external_customer_id": customer.external_id, "currency": "EUR", "fees": fees}
    invoice = asked("POST", "/invoices", json={"invoice": wanted})["invoice"]
    this = {"lago_id": invoice["lago_id"]}
    asked("GET", "/invoices")
    asked("GET", "/invoices/{lago_id}", **this)
    metadata = [{"key": "po", "value": "17"}]
    asked("PUT", "/invoices/{lago_id}", json={"invoice": {"metadata": metadata}}, **this)
    payment = {"invoice_id": invoice["lago_id"], "amount_cents": 100, "reference": "wire"}
    # One payment alone is described without its root key, which Lago itself sends: not asked.
    asked("POST", "/payments", json={"payment": payment})
    asked("GET", "/payments")
    asked("POST", "/invoices/{lago_id}/lose_dispute", **this)
    asked("POST", "/invoices/{lago_id}/void", **this)


def test_answers_about_the_catalog(asked, unique):
    code = {"code": f"c-{unique}"}
    tax = {"name": "VAT", "rate": "20.0", "description": "x", "applied_to_organization": False, **code}
    asked("POST", "/taxes", json={"tax": tax})
    asked("GET", "/taxes")
    asked("GET", "/taxes/{code}", **code)
    add_on = {"name": "x", "amount_cents": 5, "amount_currency": "EUR", **code}
    asked("POST", "/add_ons", json={"add_on": {**add_on, "tax_codes": [code["code"]]}})
    asked("GET", "/add_ons")
    asked("GET", "/add_ons/{code}", **code)
    asked("PUT", "/add_ons/{code}", json={"add_on": {"name": "y"}}, **code)
    asked("DELETE", "/add_ons/{code}", **code)
    asked("PUT", "/taxes/{code}", json={"tax": {"name": "y"}}, **code)
    asked("DELETE", "/taxes/{code}", **code)


def test_answers_about_endpoints_and_keys(asked, receiver, unique):
    wanted = {"webhook_url": receiver.url(f"/{unique}"), "signature_algo": "hmac"}
    made = asked("POST", "/webhook_endpoints", json={"webhook_endpoint": wanted})
    this = {"lago_id": made["webhook_endpoint"]["lago_id"]}
    asked("GET", "/webhook_endpoints")
    asked("GET", "/webhook_endpoints/{lago_id}", **this)
    asked("DELETE", "/webhook_endpoints/{lago_id}", **this)
    asked("GET", "/webhooks/json_public_key")
    asked("PUT", "/organizations", json={"organization": {"default_currency": "EUR"}})


def test_answers_about_a_subscription(business, asked, unique):
    customer, _ = business.payer("ok")
    plan = {"name": "Reader", "code": unique, "interval": "monthly", "amount_cents": 3000,
            "amount_currency": "EUR", "pay_in_advance": True}
    asked("POST", "/plans", json={"plan": plan})
    asked("GET", "/plans")
    asked("GET", "/plans/{code}", code=unique)
    asked("PUT", "/plans/{code}", json={"plan": {"name": "Reader+"}}, code=unique)
    wanted = {"external_customer_id": customer.external_id, "plan_code": unique,
              "external_id": unique, "billing_time": "anniversary"}
    asked("POST", "/subscriptions", json={"subscription": wanted})
    this = {"external_id": unique}
    asked("GET", "/subscriptions")
    asked("GET", "/subscriptions/{external_id}", **this)
    asked("PUT", "/subscriptions/{external_id}", json={"subscription": {"name": "x"}}, **this)
    of_customer = {"external_customer_id": customer.external_id}
    asked("GET", "/customers/{external_customer_id}/subscriptions", **of_customer)
    invoices = asked("GET", "/customers/{external_customer_id}/invoices", **of_customer)
    asked("GET", "/invoices/{lago_id}", lago_id=invoices["invoices"][0]["lago_id"])
    asked("DELETE", "/subscriptions/{external_id}", **this)
    asked("DELETE", "/plans/{code}", code=unique)


def test_answers_about_a_wallet(business, asked):
    customer, _ = business.payer("declined_lost_card")
    business.has_method(customer)
    rule = {"trigger": "interval", "interval": "monthly", "paid_credits": "5.0"}
    wanted = {"external_customer_id": customer.external_id, "rate_amount": "1.0",
              "currency": "EUR", "name": "x", "recurring_transaction_rules": [rule]}
    wallet = asked("POST", "/wallets", json={"wallet": wanted})["wallet"]
    this = {"lago_id": wallet["lago_id"]}
    asked("GET", "/wallets")
    asked("GET", "/wallets/{lago_id}", **this)
    asked("PUT", "/wallets/{lago_id}", json={"wallet": {"name": "y"}}, **this)
    credits = {"wallet_id": wallet["lago_id"], "paid_credits": "9.0", "granted_credits": "1.0"}
    asked("POST", "/wallet_transactions", json={"wallet_transaction": credits})
    asked("GET", "/wallets/{lago_id}/wallet_transactions", **this)
    # One transaction alone, and its page, are described without their root keys too: not asked.
    of_customer = {"external_customer_id": customer.external_id}
    asked("GET", "/customers/{external_customer_id}/wallets", **of_customer)
    asked("DELETE", "/wallets/{lago_id}", **this)


def test_answers_about_what_is_overdue(recoup, business, asked):
    customer, _ = business.payer("ok")
    business.has_method(customer)
    invoice = business.invoice(customer, payment_method={"payment_method_type": "manual"})
    recoup.advance(days=2)
    wanted = {"external_customer_id": customer.external_id, "email": "x@aster.example",
              "lago_invoice_ids": [invoice.lago_id]}
    # One request alone, like one payment, is described without its root key: not asked.
    asked("POST", "/payment_requests", json={"payment_request": wanted})
    asked("GET", "/payment_requests")
    of_customer = {"external_customer_id": customer.external_id}
    asked("GET", "/customers/{external_customer_id}/payment_requests", **of_customer)
    recoup.advance(seconds=5)
    business.becomes(invoice, "succeeded")
    receipts = asked("GET", "/payment_receipts")["payment_receipts"]
    asked("GET", "/payment_receipts/{lago_id}", lago_id=receipts[0]["lago_id"])
    asked("GET", "/customers/{external_customer_id}/portal_url", **of_customer)


def test_answers_that_are_errors(asked):
    nowhere = "00000000-0000-4000-8000-000000000000"
    asked("GET", "/invoices/{lago_id}", status=404, lago_id=nowhere)
    asked("GET", "/customers/{external_customer_id}", status=404, external_customer_id="nobody")
    asked("POST", "/customers", status=422, json={"customer": {"name": "x"}})
    asked("POST", "/customers", status=400, json={})


def test_webhooks_are_as_published(recoup, business, receiver, published, unique):
    path = f"/{unique}"
    endpoint = business.client.webhook_endpoints.create(
        WebhookEndpoint(webhook_url=receiver.url(path), signature_algo="hmac")
    )
    for behaviour in ("ok", "declined_lost_card", "action"):
        customer, _ = business.payer(behaviour)
        business.has_method(customer)
        business.invoice(customer)
    business.customer(sync_with_provider=True)
    kinds = ("invoice.payment_status_updated", "payment.succeeded", "payment.requires_action",
             "invoice.payment_failure", "customer.checkout_url_generated")
    for kind in kinds:
        receiver.waits_for(path, kind)
    recoup.advance(seconds=5)
    business.client.webhook_endpoints.destroy(endpoint.lago_id)

    faults = {}
    for delivery in receiver.at(path):
        name = delivery.type.replace(".", "_")
        if name in published.document["webhooks"]:
            found = published.of_webhook(name, delivery.json)
            if found:
                faults[delivery.type] = found
    assert faults == {}
