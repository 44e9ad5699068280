"""Every call of the plugins against what the providers publish of their APIs, through the real
binary: Prism finds nothing wrong with any, and each published answer has the outcome and the class
that it should have. Where the descriptions are not beside the repository, this is not run."""

import json
import re
import uuid
from datetime import datetime
from types import SimpleNamespace

import httpx
import pytest
import qs_codec
from jsonschema import Draft202012Validator
from jsonschema.validators import extend
from lago_python_client.exceptions import LagoApiError

import payer as payers
import published
import signing
from adyen_peer import ACCOUNT, item_signature
from business import Business
from connecting import Books, connect
from gocardless_peer import signature
from prism import Prism, Watched
from waiting import until

STRIPE_SECRET = "whsec_published"
GOCARDLESS_SECRET = "published"
HMAC_KEY = "22" * 32
SLICES = {
    "stripe": "stripe-slice.json",
    "adyen": "adyen-checkout-slice.json",
    "gocardless": "gocardless-slice.json",
}
# What the published examples are about.
STRIPE_CENTS, ADYEN_CENTS, GOCARDLESS_CENTS = 1099, 1000, 1000
# Stripe's objects are large.
STRIPE_CALLS = [
    ("POST", "/v1/payment_intents", {"amount": 1, "currency": "eur"}),
    ("GET", "/v1/payment_intents", None),
    ("GET", "/v1/payment_intents/pi_1", None),
    ("POST", "/v1/payment_intents/pi_1/cancel", {"cancellation_reason": "abandoned"}),
    ("POST", "/v1/checkout/sessions", {"mode": "payment"}),
    ("GET", "/v1/checkout/sessions/cs_1", None),
    ("POST", "/v1/checkout/sessions/cs_1/expire", {}),
    ("POST", "/v1/customers", {"name": "Aster"}),
    ("POST", "/v1/customers/cus_1", {"name": "Aster"}),
    ("GET", "/v1/customers/cus_1", None),
    ("GET", "/v1/customers/cus_1/payment_methods", None),
    ("GET", "/v1/payment_methods/pm_1", None),
    ("POST", "/v1/refunds", {"amount": 1}),
]


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prism")
    prisms = {}
    try:
        for name, file in SLICES.items():
            prisms[name] = Prism(folder, file)
        prisms["stripe"].waits(*STRIPE_CALLS, authorization="Bearer sk_test_published")
        prisms["adyen"].waits()
        prisms["gocardless"].waits()
        proxies = {name: Watched(prism) for name, prism in prisms.items()}
        yield proxies
        for proxy in proxies.values():
            proxy.end()
    finally:
        for prism in prisms.values():
            prism.end()


@pytest.fixture(scope="module")
def connected(recoup, watched):
    connect(
        recoup, "stripe", secret_key="sk_test_published", webhook_secret=STRIPE_SECRET,
        base_url=watched["stripe"].address, reduced_parameters="false",
    )
    connect(
        recoup, "adyen", api_key="published", merchant_account=ACCOUNT, hmac_key=HMAC_KEY,
        base_url=watched["adyen"].address,
    )
    connect(
        recoup, "gocardless", access_token="sandbox_published",
        webhook_secret=GOCARDLESS_SECRET, base_url=watched["gocardless"].address,
    )
    return recoup


class Stage:
    """One provider, and the examples' objects under names of this story."""

    def __init__(self, provider, recoup, proxy):
        self.provider, self.recoup, self.proxy = provider, recoup, proxy
        self.business = Business(recoup, provider=provider, connection=provider)
        self.books = Books(recoup)
        self.unique = uuid.uuid4().hex[:12]
        proxy.forgets()
        getattr(self, f"_{provider}")(self.unique)

    def _stripe(self, unique):
        self.amount = STRIPE_CENTS
        self.payer, self.method, self.charge = f"cus_{unique}", f"pm_{unique}", f"pi_{unique}"
        self.charges = "/v1/payment_intents"
        self.proxy.renames = {
            "cus_QXg1o8vcGmoR32": self.payer,
            "pm_1Pgc75B7WZ01zgkWlHVgdEGJ": self.method,
            "pi_1PgafyB7WZ01zgkWSjxsAJo3": self.charge,
            "cs_test_a1YS1URlnyQCN5fUUduORoQ7Pw41PJqDWkIVQCpJPqkfIhd6tVY8XB1OLY": f"cs_{unique}",
            "re_1Pgc72B7WZ01zgkWqPvrRrPE": f"re_{unique}",
            "AOB934RVNwzk6xtn": unique,
        }

    def _adyen(self, unique):
        self.amount = ADYEN_CENTS
        self.payer, self.method, self.charge = f"shopper_{unique}", f"M{unique}", f"P{unique}"
        self.charges = "/payments"
        self.proxy.renames = {
            "7219687191761347": self.method,
            "993617895199574A": self.charge,
            "993617895204576J": self.charge,
            "PLE83C39B0A0DE0C1E": f"PL{unique}",
            "PL61C53A8B97E6915A": f"PL{unique}",
            "993617894906488A": f"R{unique}",
        }

    def _gocardless(self, unique):
        self.amount = GOCARDLESS_CENTS
        self.payer, self.method, self.charge = f"CU{unique}", f"MD{unique}", f"PM{unique}"
        self.charges = "/payments"

        def mandate(asked):
            found = re.fullmatch(r"/mandates/([^/]+)", asked.path)
            return f'"{found[1]}"' if found else f'"{self.method}"'

        self.proxy.renames = {
            '"CU123"': f'"{self.payer}"', '"MD123"': mandate, '"PM123"': f'"{self.charge}"',
            '"BRQ123"': f'"BRQ{unique}"', '"RF123"': f'"RF{unique}"', '"BA123"': f'"BA{unique}"',
            '"bacs"': '"sepa_core"',
        }

    def customer(self):
        """One with the published method."""
        customer = self.business.customer(provider_customer_id=self.payer)
        (method,) = self.business.has_method(customer)
        assert method.provider_method_id == self.method
        return customer

    def charged(self, status, example):
        """An invoice whose charge is answered with this example, and the attempt as it is then."""
        customer = self.customer()
        self.proxy.prefers("POST", self.charges, status, example)
        invoice = self.business.invoice(customer, amount_cents=self.amount)
        attempt = self.books.last_attempt(customer)
        if attempt["decision"] and attempt["decision"]["decision"] == "pause_connection":
            self.recoup.run("connection", "resume", "--code", self.provider)
        return SimpleNamespace(customer=customer, invoice=invoice, attempt=attempt)

    def paid(self):
        charged = self.charged(*PAID[self.provider])
        self.business.becomes(charged.invoice, "succeeded")
        return charged

    def asked_again(self, charged):
        """The provider is asked now what became of the charge; answers the state."""
        path = f"/recoup/v1/unresolved/{charged.attempt['id']}/ask"
        answer = self.recoup.api("POST", path)
        assert answer.status_code == 200, answer.text
        return answer.json()["resolved"]["state"]

    def told(self, body, **headers):
        answer = httpx.post(
            f"{self.recoup.address}/webhooks/{self.provider}/{self.provider}",
            content=body, headers=headers, timeout=30,
        )
        assert answer.status_code == 200, answer.text

    def is_asked(self, method, path):
        return until(lambda: self.proxy.asked_for(method, path), f"{method} {path} was asked for")

    def page(self):
        """A payment page for a new invoice of a customer without a method."""
        self._nothing_is_stored()
        customer = self.business.customer(provider_customer_id=self.payer)
        invoice = self.business.invoice(customer, amount_cents=self.amount)
        urls = self.business.client.invoices
        payers.presses(patiently(lambda: urls.payment_url(invoice.lago_id)))
        return customer, invoice

    def setup_page(self):
        """A page where a customer leaves a method."""
        self._nothing_is_stored()
        customer = self.business.customer(provider_customer_id=self.payer)
        urls = self.business.client.customers
        payers.presses(patiently(lambda: urls.checkout_url(customer.external_id)))
        return customer

    def _nothing_is_stored(self):
        lists = {"stripe": "/v1/customers/[^/]+/payment_methods", "gocardless": "/mandates"}
        if self.provider == "adyen":
            self.proxy.empties = "storedPaymentMethods"
        else:
            self.proxy.prefers("GET", lists[self.provider], 200, "empty")


def patiently(call):
    """Asks again as long as the provider, which may be busy, has not answered."""

    def made():
        try:
            return call()
        except LagoApiError as error:
            assert "ask again" in str(error.response), error
            return None

    return until(made, "the provider has answered")


@pytest.fixture
def stage(connected, watched):
    return lambda provider: Stage(provider, connected, watched[provider])


def examples(provider, method, path, *statuses):
    """The named answers that are published for a call, of these statuses or of all."""
    document = published.description(SLICES[provider]).document
    answers = document["paths"][path][method]["responses"]
    return {
        (int(status), name)
        for status, answer in answers.items()
        for name in answer.get("content", {}).get("application/json", {}).get("examples", {})
        if not statuses or int(status) in statuses
    }


def declined(decline_class, retry_class):
    return ("declined", decline_class, retry_class)


PAID = {"stripe": (200, "succeeded"), "adyen": (200, "authorised")}
WRONG_SETUP = declined("invalid_configuration", "merchant")
CHARGES = {
    "stripe": {
        (200, "succeeded"): ("paid",),
        (200, "processing"): ("pending",),
        (200, "requires_action"): ("needs_action",),
        (402, "insufficient_funds"): declined("insufficient_funds", "soft"),
        (402, "generic_decline"): declined("do_not_honor", "limited"),
        (402, "lost_card"): declined("lost_or_stolen", "new_method"),
        (402, "expired_card"): declined("expired_card", "new_method"),
        (402, "authentication_required"): declined("authentication_required", "customer_action"),
        (402, "processing_error"): declined("processing_error", "soft_short"),
        (400, "unknown_parameter"): WRONG_SETUP,
        (400, "unexpected_state"): WRONG_SETUP,
        # An earlier request with this key went through: nobody knows what it did.
        (400, "idempotency_mismatch"): ("unknown",),
        (401, "unauthorized"): WRONG_SETUP,
        (403, "forbidden"): WRONG_SETUP,
        (404, "missing"): WRONG_SETUP,
        (409, "idempotency_key_in_use"): ("unknown",),
        (409, "lock_timeout"): ("unknown",),
        (429, "rate_limit"): ("unknown",),
        (500, "api"): ("unknown",),
    },
    "adyen": {
        (200, "authorised"): ("paid",),
        (200, "card-direct"): ("paid",),
        (200, "enableOneClick-SF"): ("paid",),
        (200, "subscription-first-transaction"): ("paid",),
        (200, "received"): ("pending",),
        (200, "pending"): ("pending",),
        (200, "redirect"): ("needs_action",),
        (200, "card-3d-secure-redirect"): ("needs_action",),
        (200, "refused_not_enough_balance"): declined("insufficient_funds", "soft"),
        (200, "refused_expired_card"): declined("expired_card", "new_method"),
        (200, "refused_blocked_retry"): declined("limit_exceeded", "limited"),
        (200, "refused_authentication_required"): declined(
            "authentication_required", "customer_action"
        ),
        (200, "error_acquirer"): declined("processing_error", "soft_short"),
        (200, "cancelled"): declined("cancelled", "hold"),
        (400, "generic"): WRONG_SETUP,
        (401, "generic"): WRONG_SETUP,
        (403, "generic"): WRONG_SETUP,
        (422, "generic"): WRONG_SETUP,
        # A matter of configuration: nothing was done.
        (500, "generic"): WRONG_SETUP,
    },
    "gocardless": {
        (201, "pending_submission"): ("pending",),
        (201, "pending_customer_approval"): ("pending",),
        (401, "default"): WRONG_SETUP,
        (403, "default"): WRONG_SETUP,
        (404, "default"): declined("invalid_account", "new_method"),
        # It was made already, and is read.
        (409, "idempotency"): ("pending",),
        (422, "validation"): declined("invalid_configuration", "hold"),
        (422, "mandate-inactive"): declined("mandate_cancelled", "new_method"),
        (429, "default"): ("not_sent",),
        (500, "default"): ("unknown",),
    },
}


@pytest.mark.parametrize(
    ("provider", "answer"),
    [(provider, answer) for provider, known in CHARGES.items() for answer in known],
    ids=lambda it: it if isinstance(it, str) else "-".join(map(str, it)),
)
def test_a_published_answer_to_a_charge_has_its_outcome(stage, provider, answer):
    at = stage(provider)
    at.proxy.prefers("GET", r"/payments/[^/]+", 200, "submitted")
    attempt = at.charged(*answer).attempt
    decision = attempt["decision"] or {}
    found = (attempt["state"], attempt["decline_class"], decision.get("retry_class"))
    assert found[:len(CHARGES[provider][answer])] == CHARGES[provider][answer], attempt


def test_every_published_answer_to_a_charge_is_looked_at():
    paths = {"stripe": "/v1/payment_intents", "adyen": "/payments", "gocardless": "/payments"}
    for provider, path in paths.items():
        assert examples(provider, "post", path) == set(CHARGES[provider]), provider


STRIPE_CHARGE_STATES = {
    "succeeded": "paid", "processing": "pending", "requires_action": "needs_action",
    "failed": "declined", "canceled": "declined",
}


@pytest.mark.parametrize("example", STRIPE_CHARGE_STATES)
def test_a_stripe_charge_is_read_again(stage, example):
    at = stage("stripe")
    charged = at.charged(200, "processing")
    at.proxy.prefers("GET", f"/v1/payment_intents/{at.charge}", 200, example)
    assert at.asked_again(charged) == STRIPE_CHARGE_STATES[example]
    known = examples("stripe", "get", "/v1/payment_intents/{intent}", 200)
    assert known == {(200, it) for it in STRIPE_CHARGE_STATES}


def test_a_lost_stripe_charge_is_looked_for(stage):
    at = stage("stripe")
    charged = at.charged(500, "api")
    at.proxy.prefers("GET", "/v1/payment_intents", 200, "empty")
    assert at.asked_again(charged) == "unknown", "it may still be on its way"
    # The example is nobody's; the one that is ours has our reference on it.
    (asked,) = at.proxy.asked_for("POST", "/v1/payment_intents")[-1:]
    ours = qs_codec.decode(asked.body.decode())["metadata"]
    at.proxy.renames['"metadata":{}'] = f'"metadata":{json.dumps(ours)}'
    at.proxy.prefers("GET", "/v1/payment_intents", 200, "default")
    state = at.asked_again(charged)
    assert state == "pending", "a PaymentIntent that nobody has used"


STRIPE_SESSIONS = {
    # What became of the invoice, or of the customer's methods.
    "open_payment": "pending", "expired": "pending", "complete_payment": "succeeded",
    "open_setup": [], "complete_setup": [],
}


@pytest.mark.parametrize("example", STRIPE_SESSIONS)
def test_a_stripe_session_says_what_came_of_it(stage, example):
    at = stage("stripe")
    expected = STRIPE_SESSIONS[example]
    is_payment = isinstance(expected, str)
    page = "open_payment" if is_payment else "open_setup"
    at.proxy.prefers("POST", "/v1/checkout/sessions", 200, page)
    customer, invoice = at.page() if is_payment else (at.setup_page(), None)
    at.proxy.prefers("GET", "/v1/checkout/sessions/[^/]+", 200, example)
    tell_stripe(at, "checkout.session.completed", {"id": f"cs_{at.unique}", "metadata": {}})
    at.is_asked("GET", f"/v1/checkout/sessions/cs_{at.unique}")
    if is_payment:
        at.business.becomes(invoice, expected)
    else:
        # The example does not show what the payer left; `setup_intent.succeeded` does.
        assert at.business.methods(customer) == expected
        tell_stripe(at, "setup_intent.succeeded", {
            "object": "setup_intent", "id": "seti_1", "customer": at.payer,
            "payment_method": at.method, "metadata": {},
        })
        (method,) = at.business.has_method(customer)
        assert (method.provider_method_id, method.is_default) == (at.method, True)
    known = examples("stripe", "get", "/v1/checkout/sessions/{session}", 200)
    assert known == {(200, it) for it in STRIPE_SESSIONS}


def tell_stripe(at, kind, thing):
    # recoup's clock stands still, and signatures grow old by it.
    clock = at.recoup.api("GET", "/recoup/v1/test_clock").json()["test_clock"]["now"]
    now_s = int(datetime.fromisoformat(clock.replace("Z", "+00:00")).timestamp())
    event = {"id": f"evt_{uuid.uuid4().hex}", "type": kind, "data": {"object": thing}}
    body = json.dumps({**event, "object": "event", "created": now_s}).encode()
    at.told(body, **signing.stripe_header(body, STRIPE_SECRET, at_s=now_s))


GOCARDLESS_PAYMENTS = {
    # Status: what the event says, and what the attempt is then.
    "pending_customer_approval": ("created", {}, ("pending", None)),
    "pending_submission": ("created", {}, ("pending", None)),
    "submitted": ("submitted", {}, ("pending", None)),
    "confirmed": ("confirmed", {}, ("paid", None)),
    "paid_out": ("paid_out", {}, ("paid", None)),
    "cancelled": (
        "cancelled", {"origin": "bank", "cause": "bank_account_closed"},
        ("declined", "invalid_account"),
    ),
    "customer_approval_denied": (
        "customer_approval_denied", {"cause": "customer_approval_denied"},
        ("declined", "mandate_cancelled"),
    ),
    "failed": (
        "failed", {"cause": "refer_to_payer", "scheme": "sepa_core", "reason_code": "MS02"},
        ("declined", "revoked_authorization"),
    ),
    # The event that says why is the published one.
    "charged_back": ("failed", {"cause": "other"}, ("declined", "invalid_account")),
}


def tell_gocardless(at, kind, *events):
    made = [
        {
            "id": f"EV{uuid.uuid4().hex}", "created_at": "2014-01-02T12:00:00.000Z",
            "resource_type": kind, "action": action, "links": {kind[:-1]: id},
            "details": details, "resource_metadata": {},
        }
        for id, action, details in events
    ]
    body = json.dumps({"events": made, "meta": {"webhook_id": "WB1"}}).encode()
    at.told(body, **{"Webhook-Signature": signature(GOCARDLESS_SECRET, body)})


@pytest.mark.parametrize("status", GOCARDLESS_PAYMENTS)
def test_a_gocardless_payment_is_read_again(stage, status):
    at = stage("gocardless")
    charged = at.charged(201, "pending_submission")
    action, details, expected = GOCARDLESS_PAYMENTS[status]
    at.proxy.prefers("GET", f"/payments/{at.charge}", 200, status)
    tell_gocardless(at, "payments", (at.charge, action, details))
    at.is_asked("GET", f"/payments/{at.charge}")
    attempt = at.books.last_attempt(charged.customer, expected[0])
    assert (attempt["state"], attempt["decline_class"]) == expected
    known = examples("gocardless", "get", "/payments/{id}", 200)
    assert known == {(200, it) for it in GOCARDLESS_PAYMENTS}


def test_only_mandates_that_can_be_charged_become_methods(stage):
    usable = {"active", "pending_customer_approval", "pending_submission", "submitted"}
    known = {name for _, name in examples("gocardless", "get", "/mandates/{id}", 200)}
    assert len(known) == 10 and usable < known
    at = stage("gocardless")
    customer = at.customer()
    ids = {status: f"MD{status}{at.unique}" for status in sorted(known - {"active"})}
    ids["active"] = f"MDactive{at.unique}"
    for status, id in ids.items():
        at.proxy.prefers("GET", f"/mandates/{id}", 200, status)
        tell_gocardless(at, "mandates", (id, "submitted", {}))

    def found():
        stored = {it.provider_method_id for it in at.business.methods(customer)}
        return stored if ids["active"] in stored else None

    stored = until(found, "the last of them has come") - {at.method}
    assert stored == {ids[status] for status in usable}


BILLING_REQUESTS = {
    "pending": "pending", "ready_to_fulfil": "pending", "fulfilling": "pending",
    "cancelled": "pending", "fulfilled": "succeeded",
}


@pytest.mark.parametrize("status", BILLING_REQUESTS)
def test_a_billing_request_says_what_came_of_it(stage, status):
    at = stage("gocardless")
    at.proxy.prefers("GET", "/payments/[^/]+", 200, "confirmed")
    _, invoice = at.page()
    at.proxy.prefers("GET", f"/billing_requests/BRQ{at.unique}", 200, status)
    tell_gocardless(at, "billing_requests", (f"BRQ{at.unique}", "fulfilled", {}))
    at.is_asked("GET", f"/billing_requests/BRQ{at.unique}")
    at.business.becomes(invoice, BILLING_REQUESTS[status])
    known = examples("gocardless", "get", "/billing_requests/{id}", 200)
    assert known == {(200, it) for it in BILLING_REQUESTS}


def test_a_lost_gocardless_payment_is_looked_for(stage):
    at = stage("gocardless")
    charged = at.charged(500, "default")
    at.proxy.prefers("GET", "/payments", 200, "empty")
    assert at.asked_again(charged) == "unknown", "it may still be on its way"
    (asked,) = at.proxy.asked_for("POST", "/payments")[-1:]
    ours = asked.json["payments"]["metadata"]
    at.proxy.renames['"metadata":{}'] = f'"metadata":{json.dumps(ours)}'
    at.proxy.prefers("GET", "/payments", 200, "default")
    assert at.asked_again(charged) == "pending"


def test_an_adyen_page_is_asked_for_and_paid(stage):
    at = stage("adyen")
    _, invoice = at.page()
    session = at.proxy.asked_for("POST", "/paymentLinks")[-1].json
    at.proxy.renames["PLE83C39B0A0DE0C1E"] = f"PLS{at.unique}"
    at.payer += "_setup"
    at.setup_page()
    setup = at.proxy.asked_for("POST", "/paymentLinks")[-1].json
    assert (session["amount"]["value"], setup["amount"]["value"]) == (at.amount, 0)
    item = {
        "eventCode": "AUTHORISATION", "success": "true", "pspReference": at.charge,
        "merchantAccountCode": ACCOUNT, "merchantReference": session["reference"],
        "amount": session["amount"], "paymentMethod": "visa", "reason": "",
    }
    item["additionalData"] = {"hmacSignature": item_signature(HMAC_KEY, item)}
    wrapped = [{"NotificationRequestItem": item}]
    at.told(json.dumps({"live": "false", "notificationItems": wrapped}).encode())
    at.business.becomes(invoice, "succeeded")


@pytest.mark.parametrize("provider", SLICES)
def test_a_customer_is_made_and_renamed(stage, provider):
    at = stage(provider)
    customer = at.business.customer(sync_with_provider=True)

    def linked():
        found = at.business.client.customers.find(customer.external_id)
        return found.billing_configuration.provider_customer_id

    assert until(linked, "the provider has the customer")
    answer = at.recoup.api("POST", "/api/v1/customers", json={"customer": {
        "external_id": customer.external_id, "name": "Bluebell Books", "country": "DE",
        "address_line1": "Hauptstr. 1", "city": "Berlin", "zipcode": "10115",
        "phone": "+49301234567",
    }})
    assert answer.status_code == 200, answer.text
    updates = {"stripe": ("POST", f"/v1/customers/{at.payer}"),
               "gocardless": ("PUT", f"/customers/{at.payer}")}
    if provider in updates:
        assert b"Bluebell" in at.is_asked(*updates[provider])[-1].body


@pytest.mark.parametrize("provider", SLICES)
def test_a_payment_is_given_back(stage, provider):
    at = stage(provider)
    if provider == "gocardless":
        charged = at.charged(201, "pending_submission")
        at.proxy.prefers("GET", f"/payments/{at.charge}", 200, "paid_out")
        at.proxy.prefers("GET", "/refunds", 200, "empty")
        tell_gocardless(at, "payments", (at.charge, "paid_out", {}))
        at.business.becomes(charged.invoice, "succeeded")
    else:
        charged = at.paid()
    (payment,) = at.business.payments(charged.invoice)
    refund = at.books.gives_back(payment, amount_cents=100, reason="requested_by_customer")
    at.books.refund_is(refund, "succeeded" if provider == "stripe" else "pending")


@pytest.mark.parametrize("provider", SLICES)
def test_an_open_charge_is_called_off(stage, provider):
    pending = {"stripe": (200, "processing"), "adyen": (200, "received"),
               "gocardless": (201, "pending_submission")}
    at = stage(provider)
    charged = at.charged(*pending[provider])
    # The published event is of another cancellation.
    at.proxy.prefers("GET", "/events", 200, "empty")
    names = {"customer_id": charged.customer.lago_id, "invoice_id": charged.invoice.lago_id}
    calls = {
        "stripe": f"/v1/payment_intents/{at.charge}/cancel",
        "adyen": f"/payments/{at.charge}/cancels",
        "gocardless": f"/payments/{at.charge}/actions/cancel",
    }
    # It is answered within a few seconds, and goes on.
    at.recoup.api("POST", "/v1/payments/cancel", json=names)
    at.is_asked("POST", calls[provider])
    # Adyen only takes the wish; its webhook tells.
    expected = "pending" if provider == "adyen" else "cancelled"
    assert at.books.last_attempt(charged.customer, expected)["state"] == expected


@pytest.mark.parametrize("provider", SLICES)
def test_a_page_is_closed_when_the_invoice_is_paid_otherwise(stage, provider):
    at = stage(provider)
    at.proxy.prefers("POST", "/v1/checkout/sessions", 200, "open_payment")
    _, invoice = at.page()
    paid = at.recoup.api("POST", "/api/v1/payments", json={"payment": {
        "invoice_id": invoice.lago_id, "amount_cents": at.amount, "reference": "by hand",
    }})
    assert paid.status_code == 200, paid.text
    at.recoup.run("job", "run", "expire-links")
    closes = {
        "stripe": ("POST", f"/v1/checkout/sessions/cs_{at.unique}/expire"),
        "adyen": ("PATCH", f"/paymentLinks/PL{at.unique}"),
        "gocardless": ("POST", f"/billing_requests/BRQ{at.unique}/actions/cancel"),
    }
    at.is_asked(*closes[provider])


@pytest.mark.parametrize("provider", SLICES)
def test_credentials_are_checked(connected, watched, provider):
    watched[provider].forgets()
    assert "accepts the credentials" in connected.run("connection", "check", "--code", provider)


# Forms are text: what a schema calls a number is told in digits.
FormValidator = extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many({
        "integer": lambda _, value: bool(re.fullmatch(r"-?\d+", str(value))),
        "number": lambda _, value: bool(re.fullmatch(r"-?\d+(\.\d+)?", str(value))),
        "boolean": lambda _, value: value in ("true", "false"),
    }),
)


def form_faults(document, method, path, body):
    """What Stripe would say of a form: Prism does not look at unknown or nested names."""
    _, operation = published.Description(document).operation(method, path)
    name = operation["requestBody"]["x-strict-schema"].removeprefix("#/components/schemas/")
    options = qs_codec.DecodeOptions(depth=10, list_limit=100)
    form = qs_codec.decode(body.decode(), options) if body else {}
    validator = FormValidator(document["components"]["schemas"][name])
    return [f"{path}: {error.json_path}: {error.message[:200]}"
            for error in validator.iter_errors(form)]


def test_no_form_has_a_parameter_that_stripe_does_not_publish(watched):
    # Runs after the others: every form that they sent is looked at.
    document = published.description(SLICES["stripe"]).document
    forms = [it for it, _ in watched["stripe"].seen if it.method == "POST"]
    kinds = {re.sub(r"_[0-9a-f]{12}", "", it.path) for it in forms}
    assert len(kinds) >= 6, kinds
    assert [f for it in forms for f in form_faults(document, it.method, it.path, it.body)] == []
    good = next(it.body for it in forms if it.path == "/v1/payment_intents")
    for wrong in (
        good + b"&bogus=1",
        good.replace(b"amount=1099", b"amount=abc"),
        good.replace(b"amount=1099", b""),
        good.replace(b"currency", b"curency"),
    ):
        assert form_faults(document, "POST", "/v1/payment_intents", wrong), wrong


@pytest.mark.parametrize("provider", SLICES)
def test_prism_finds_nothing_wrong_with_any_request(watched, provider):
    # Runs last: every request that the others made is looked at.
    proxy = watched[provider]
    assert len(proxy.seen) > 30
    assert proxy.violations == []
    wrong = httpx.post(
        f"{proxy.address}{'/v1/payment_intents' if provider == 'stripe' else '/payments'}",
        content=b"{}", headers={"Content-Type": "application/json"},
    )
    assert wrong.status_code >= 400 and proxy.violations, "it would find something"
