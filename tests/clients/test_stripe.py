"""The Stripe plugin against a stand-in for Stripe that nobody here wrote. It knows no hosted
pages and ignores idempotency keys; what it signs is real."""

import httpx
import pytest
import stripe
from lago_python_client.exceptions import LagoApiError

from business import Business
from programs import Recoup
from receiver import Receiver
from waiting import until

SECRET = "whsec_stories"
# What Stripe documents for tests: this account can always be debited.
GOOD_IBAN = "DE89370400440532013000"
BAD_IBAN = "DE62370400440532013001"


def connect(recoup, localstripe):
    """Connects a server to the stand-in, and the stand-in's webhooks to the server."""
    recoup.run(
        "connection", "add", "--provider", "stripe", "--code", "stripe_1",
        "--set", "secret_key=sk_test_stories",
        "--set", f"base_url={localstripe.address}",
        "--set", f"webhook_secret={SECRET}",
    )
    hook(localstripe, recoup.address.split(":")[-1], f"{recoup.address}/webhooks/stripe/stripe_1")


def hook(localstripe, name, url):
    answer = httpx.post(
        f"{localstripe.address}/_config/webhooks/{name}",
        data={"url": url, "secret": SECRET},
    )
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def connected(live_recoup, localstripe):
    connect(live_recoup, localstripe)
    return live_recoup


@pytest.fixture
def business(connected):
    return Business(connected, provider="stripe", connection="stripe_1")


class Account:
    """The business's account at the provider, through Stripe's own library."""

    def __init__(self, address):
        library = stripe.StripeClient("sk_test_stories", base_addresses={"api": address})
        self._client = library.v1
        self._address = address

    def _post(self, path, **form):
        answer = httpx.post(
            f"{self._address}{path}", auth=("sk_test_stories", ""), data=form, timeout=30
        )
        assert answer.status_code == 200, f"{path}: {answer.text}"
        return answer.json()

    def customer(self):
        return self._client.customers.create({"name": "Aster Books"}).id

    def card(self, customer, name="pm_card_visa"):
        """Attaches one of the test cards that have names."""
        return self._client.payment_methods.attach(name, {"customer": customer}).id

    def account(self, customer, iban):
        made = self._post(
            "/v1/payment_methods", **{"type": "sepa_debit", "sepa_debit[iban]": iban}
        )
        return self._client.payment_methods.attach(made["id"], {"customer": customer}).id

    def makes_default(self, customer, method):
        self._client.customers.update(
            customer, {"invoice_settings": {"default_payment_method": method}}
        )

    def intents(self, customer):
        """Every charge of a customer that the stand-in knows of."""
        answer = httpx.get(
            f"{self._address}/v1/charges",
            auth=("sk_test_stories", ""),
            params={"customer": customer, "limit": 100},
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def taken(self, customer):
        charges = self.intents(customer)
        return [charge["amount"] for charge in charges if charge["status"] == "succeeded"]


@pytest.fixture
def account(localstripe):
    return Account(localstripe.address)


def test_an_existing_customer_is_charged_on_the_method_they_have(business, account):
    payer = account.customer()
    card = account.card(payer)
    customer = business.customer(provider_customer_id=payer)
    (method,) = business.has_method(customer)
    assert (method.provider_method_id, method.is_default) == (card, True)
    assert (method.payment_provider_type, method.payment_provider_code) == ("stripe", "stripe_1")

    invoice = business.becomes(business.invoice(customer), "succeeded")
    assert account.taken(payer) == [5000]
    (payment,) = business.payments(invoice)
    assert payment.external_payment_id.startswith("pi_")
    assert payment.payment_status == "succeeded"


def test_the_default_at_the_provider_is_preferred_to_a_newer_card(business, account):
    payer = account.customer()
    default = account.card(payer)
    account.makes_default(payer, default)
    account.card(payer, "pm_card_chargeCustomerFail")
    customer = business.customer(provider_customer_id=payer)
    found = business.has_method(customer)
    assert [it.provider_method_id for it in found if it.is_default] == [default]


def test_a_customer_is_made_at_the_provider(business, account, localstripe):
    customer = business.customer(sync_with_provider=True)

    def linked():
        found = business.client.customers.find(customer.external_id)
        return found.billing_configuration.provider_customer_id

    payer = until(linked, "the provider has made the customer")
    answer = httpx.get(
        f"{localstripe.address}/v1/customers/{payer}", auth=("sk_test_stories", "")
    ).json()
    assert (answer["name"], answer["email"]) == ("Aster Books", "billing@aster.example")

    # The card comes by the provider's webhook, signed by the provider.
    account.makes_default(payer, account.card(payer))
    (method,) = business.has_method(customer)
    assert method.is_default
    business.becomes(business.invoice(customer), "succeeded")
    assert account.taken(payer) == [5000]


def test_a_decline_is_a_failure_and_another_card_recovers_it(business, account):
    payer = account.customer()
    account.makes_default(payer, account.card(payer, "pm_card_chargeCustomerFail"))
    customer = business.customer(provider_customer_id=payer)
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "failed")
    assert account.taken(payer) == []
    (payment,) = business.payments(invoice)
    assert payment.payment_status == "failed"

    good = account.card(payer)
    account.makes_default(payer, good)

    def is_default():
        methods = business.methods(customer)
        return [it for it in methods if it.is_default and it.provider_method_id == good]

    until(is_default, "the webhook has told of the new default")
    business.client.invoices.retry_payment(invoice.lago_id)
    business.becomes(invoice, "succeeded")
    assert account.taken(payer) == [5000]


def test_a_bank_debit_is_settled_by_a_signed_webhook(business, account):
    payer = account.customer()
    account.makes_default(payer, account.account(payer, GOOD_IBAN))
    customer = business.customer(provider_customer_id=payer)
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "succeeded")
    assert account.taken(payer) == [5000]
    assert len(business.payments(invoice)) == 1


def test_a_bank_debit_that_comes_back_is_a_failure(business, account):
    payer = account.customer()
    account.makes_default(payer, account.account(payer, BAD_IBAN))
    customer = business.customer(provider_customer_id=payer)
    business.has_method(customer)
    business.becomes(business.invoice(customer), "failed")
    assert account.taken(payer) == []


def test_a_webhook_with_a_bad_signature_is_refused_and_a_good_one_taken(
    connected, localstripe, account
):
    witness = Receiver()
    hook(localstripe, "witness", witness.url("/"))
    try:
        account.customer()
        event = until(lambda: witness.at("/"), "the stand-in has signed something")[0]
    finally:
        hook(localstripe, "witness", f"{connected.address}/webhooks/stripe/stripe_1")
        witness.end()
    signature = event.headers["stripe-signature"]
    stripe.Webhook.construct_event(event.body, signature, SECRET)

    def told(body, **headers):
        return httpx.post(
            f"{connected.address}/webhooks/stripe/stripe_1", content=body, headers=headers
        ).status_code

    assert told(event.body, **{"Stripe-Signature": signature}) == 200
    assert told(event.body, **{"Stripe-Signature": signature}) == 200, "twice does no harm"
    assert told(event.body + b" ", **{"Stripe-Signature": signature}) == 400
    assert told(event.body, **{"Stripe-Signature": f"{signature}0"}) == 400
    assert told(event.body) == 400
    unknown = httpx.post(
        f"{connected.address}/webhooks/stripe/nowhere",
        content=event.body, headers={"Stripe-Signature": signature},
    )
    assert unknown.status_code == 400


def test_a_peer_without_hosted_pages_is_a_refusal_of_the_provider(business, account):
    payer = account.customer()
    customer = business.customer(provider_customer_id=payer)
    with pytest.raises(LagoApiError) as refused:
        business.client.customers.checkout_url(customer.external_id)
    assert refused.value.status_code == 422
    assert refused.value.response["code"] == "third_party_error"
    assert refused.value.response["error_details"]["third_party"] == "Stripe"


def test_the_secret_is_never_shown(connected, account, business):
    listed = connected.run("connection", "list", "--json")
    assert "stripe_1" in listed
    for secret in ("sk_test_stories", SECRET):
        assert secret not in listed
        assert secret not in connected.program.log.read_text()


def test_the_scheduler_retries_with_the_card_that_came_meanwhile(
    tmp_path_factory, localstripe, account
):
    recoup = Recoup(tmp_path_factory.mktemp("recoup"), "--test-clock").start()
    try:
        connect(recoup, localstripe)
        business = Business(recoup, provider="stripe", connection="stripe_1")
        payer = account.customer()
        account.makes_default(payer, account.card(payer, "pm_card_chargeCustomerFail"))
        customer = business.customer(provider_customer_id=payer)
        business.has_method(customer)
        invoice = business.becomes(business.invoice(customer), "failed")

        good = account.card(payer)
        account.makes_default(payer, good)

        def is_default():
            methods = business.methods(customer)
            return [it for it in methods if it.is_default and it.provider_method_id == good]

        until(is_default, "the webhook has told of the new default")
        assert account.taken(payer) == [], "a new card alone charges nothing that has failed"
        recoup.advance(days=4)
        business.becomes(invoice, "succeeded")
        recoup.advance(days=30)
        assert account.taken(payer) == [5000]
    finally:
        assert recoup.end() == 0
