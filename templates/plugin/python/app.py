"""Collects through Acme Pay. As it stands it speaks to `recoup sandbox`: put your provider's
addresses, fields and codes in their places, one after the other.

Imports stand at the top of the module: a component that is running cannot import any more."""

import json
from urllib.parse import quote

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import clock, http
from wit_world.imports.types import (
    ChargeAnswer,
    Decline,
    DeclineClass,
    Failure_Misconfigured,
    Failure_NotSent,
    Failure_Refused,
    Failure_Throttled,
    Failure_Unknown,
    Outcome_Declined,
    Outcome_NotSent,
    Outcome_Paid,
    Outcome_Pending,
    Outcome_Unknown,
    PaymentMethod,
    Refusal,
    RetryClass,
)

BASE_URL = "https://api.acme.example"
# A request begun this long ago is at the provider by now, if it ever gets there.
SETTLED_AFTER_MS = 10_000

# Why the provider refused, in recoup's words: class, and what is allowed next.
DECLINES = {
    "insufficient_funds": (DeclineClass.INSUFFICIENT_FUNDS, RetryClass.SOFT),
    "try_again_later": (DeclineClass.INSUFFICIENT_FUNDS, RetryClass.SOFT),
    "issuer_unavailable": (DeclineClass.ISSUER_UNAVAILABLE, RetryClass.SOFT_SHORT),
    "do_not_honor": (DeclineClass.DO_NOT_HONOR, RetryClass.LIMITED),
    "expired_card": (DeclineClass.EXPIRED_CARD, RetryClass.NEW_METHOD),
    "lost_card": (DeclineClass.LOST_OR_STOLEN, RetryClass.NEW_METHOD),
    "revoked_authorization": (DeclineClass.REVOKED_AUTHORIZATION, RetryClass.STOP),
}


def setting(settings, key):
    return dict(settings).get(key, "").strip()


def call(settings, method, path, headers=(), body=None):
    """One request. What it raises says whether anything was sent."""
    base = (setting(settings, "base_url") or BASE_URL).rstrip("/")
    key = setting(settings, "secret_key")
    response = http.send(
        http.Request(
            method=method,
            url=base + path,
            headers=[
                ("authorization", f"Bearer {key}"),
                ("content-type", "application/json"),
                *headers,
            ],
            body=None if body is None else json.dumps(body).encode(),
            timeout_ms=None,
        )
    )
    return response.status, parsed(response.body)


def parsed(body):
    """A body that is no JSON object says nothing: None."""
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def part(body, key):
    """An object in an object; empty where there is none."""
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def failure_of(error):
    """As failure of a call other than a charge."""
    if isinstance(error, http.Error_Denied):
        return Failure_Misconfigured(Refusal("denied", error.value))
    if isinstance(error, http.Error_NotSent):
        return Failure_NotSent(error.value)
    return Failure_Unknown(error.value)


def of_status(status):
    told = f"HTTP {status}"
    if status in (401, 403):
        return Failure_Misconfigured(Refusal(str(status), told))
    if status == 429:
        return Failure_Throttled(told)
    if status in (400, 404, 422):
        return Failure_Refused(Refusal(str(status), told))
    return Failure_Unknown(told)


def read(settings, path):
    """The body of a success; everything else is raised as a failure."""
    try:
        status, body = call(settings, http.Method.GET, path)
    except Err as error:
        raise Err(failure_of(error.value))
    if status != 200:
        raise Err(of_status(status))
    if body is None:
        raise Err(Failure_Unknown("the answer is no JSON object"))
    return body


def decline(retry, decline_class, code, message):
    return Outcome_Declined(
        Decline(
            class_=decline_class,
            retry=retry,
            code=code,
            network_code=None,
            advice_code=None,
            retry_after_s=None,
            message=message,
        )
    )


def merchant(code, message):
    """The credentials or the account do not permit it."""
    return decline(RetryClass.MERCHANT, DeclineClass.INVALID_CONFIGURATION, code, message)


def only(outcome, charge_id=None, status=""):
    return ChargeAnswer(outcome=outcome, charge_id=charge_id, status=status, amount=None, method=None)


def charged(charge):
    status, why = str(charge.get("status", "")), part(charge, "decline")
    if status == "succeeded":
        outcome = Outcome_Paid()
    elif status == "pending":
        outcome = Outcome_Pending()
    elif status == "declined":
        unheard_of = (DeclineClass.UNCLASSIFIED, RetryClass.LIMITED)
        decline_class, retry = DECLINES.get(why.get("code"), unheard_of)
        outcome = decline(retry, decline_class, why.get("code", ""), why.get("message", ""))
    else:
        outcome = Outcome_Unknown(f"the charge is {status!r}")
    return only(outcome, charge.get("id"), status)


def answered(status, body):
    """Only be sure when the provider is: all that is not understood may have taken the money."""
    body = body or {}
    error = part(body, "error")
    if status == 200:
        return charged(body)
    if status == 402:
        return charged(part(body, "charge"))
    if status in (401, 403):
        return only(merchant(str(status), f"HTTP {status}"))
    if error.get("processed") is False:
        told = str(error.get("message"))
        if status >= 500:
            return only(Outcome_NotSent(told))
        hold, configuration = RetryClass.HOLD, DeclineClass.INVALID_CONFIGURATION
        return only(decline(hold, configuration, str(error.get("code")), told))
    return only(Outcome_Unknown(f"HTTP {status}"))


class Gateway(exports.Gateway):
    def describe(self):
        gateway = exports.gateway
        return gateway.Description(
            name="acme",
            title="Acme Pay",
            version="0.1.0",
            settings=[
                gateway.Setting("secret_key", "The secret key of the account.", True, True, None),
                gateway.Setting("base_url", "Where the API is.", False, False, BASE_URL),
            ],
            hosts=["api.acme.example"],
            idempotency=gateway.Idempotency(
                key_lifetime_s=86_400, replays_declines=True, finds_by_reference=True
            ),
            has_customers=False,
        )

    def mode_of(self, settings):
        is_test = setting(settings, "secret_key").startswith("sk_sandbox_")
        return exports.gateway.Mode.TEST if is_test else exports.gateway.Mode.LIVE

    def check(self, settings):
        read(settings, "/v1/account")


class Charging(exports.Charging):
    def charge(self, settings, request):
        body = {
            "amount": request.amount.minor_units,
            "currency": request.amount.currency,
            "customer": request.customer_id,
            "method": request.method_id,
            "reference": request.reference,
        }
        key = [("idempotency-key", request.idempotency_key)]
        try:
            return answered(*call(settings, http.Method.POST, "/v1/charges", key, body))
        except Err as error:
            reason = error.value
            if isinstance(reason, http.Error_Denied):
                return only(merchant("denied", reason.value))
            if isinstance(reason, http.Error_NotSent):
                return only(Outcome_NotSent(reason.value))
            return only(Outcome_Unknown(reason.value))

    def find_charge(self, settings, query):
        charging = exports.charging
        try:
            key = quote(query.idempotency_key, safe="")
            found = read(settings, f"/v1/charges?idempotency_key={key}")
        except Err as error:
            told = error.value.value
            return charging.ChargeFinding_CannotTell(getattr(told, "message", None) or str(told))
        charges = found.get("data")
        if not isinstance(charges, list):
            return charging.ChargeFinding_CannotTell("no list in the answer")
        if charges:
            return charging.ChargeFinding_Found(charged(charges[0]))
        if clock.now_ms() < query.started_at_ms + SETTLED_AFTER_MS:
            return charging.ChargeFinding_CannotTell("the request may still be on its way")
        return charging.ChargeFinding_Absent()

    def cancel_charge(self, settings, query):
        return exports.charging.Cancellation_CannotTell("charges cannot be cancelled here")


class Methods(exports.Methods):
    def list_methods(self, settings, customer_id):
        method = self.default_method(settings, customer_id)
        return [] if method is None else [method]

    def default_method(self, settings, customer_id):
        customer = read(settings, f"/v1/customers/{quote(customer_id, safe='')}")
        card = part(customer, "default_method").get("id")
        if card is None:
            return None
        return PaymentMethod(card, "card", None, None, None, None, None)

    def set_default_method(self, settings, customer_id, method_id):
        raise Err(Failure_Refused(Refusal("unsupported", "the default is set at Acme")))

    def detach_method(self, settings, method_id):
        raise Err(Failure_Refused(Refusal("unsupported", "cards are removed at Acme")))
