"""Webhooks that the providers' official libraries sign, or say are well signed, are taken by the
route that providers call, and have their effect. What the libraries refuse is refused."""

import json
import time

import httpx
import pytest

import signing
from adyen_peer import ACCOUNT, API_KEY, AdyenPeer
from business import Business
from gocardless_peer import TOKEN, GoCardlessPeer, signature
from waiting import until

STRIPE_SECRET = "whsec_signatures"
GOCARDLESS_SECRET = "endpoint secret, with ümlaut"
HMAC_KEY = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
OTHER_KEY = "00" * 32
# Nobody listens there: the plugin has only the webhook's word.
DESERTED = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def gocardless():
    peer = GoCardlessPeer(GOCARDLESS_SECRET)
    yield peer
    peer.end()


@pytest.fixture(scope="module")
def adyen():
    peer = AdyenPeer(HMAC_KEY)
    yield peer
    peer.end()


@pytest.fixture(scope="module")
def connected(live_recoup, gocardless, adyen):
    connections = {
        "stripe": {
            "secret_key": "sk_test_signatures", "webhook_secret": STRIPE_SECRET,
            "base_url": DESERTED,
        },
        "gocardless": {
            "access_token": TOKEN, "webhook_secret": GOCARDLESS_SECRET,
            "base_url": gocardless.address,
        },
        "adyen": {
            "api_key": API_KEY, "merchant_account": ACCOUNT, "hmac_key": HMAC_KEY,
            "base_url": adyen.address,
        },
    }
    for provider, settings in connections.items():
        given = [word for pair in settings.items() for word in ("--set", "=".join(pair))]
        live_recoup.run("connection", "add", "--provider", provider, "--code", provider, *given)
    return live_recoup


@pytest.fixture
def tell(connected):
    def tell(provider, body, headers):
        answer = httpx.post(
            f"{connected.address}/webhooks/{provider}/{provider}",
            content=body, headers={"Content-Type": "application/json", **headers}, timeout=30,
        )
        return answer.status_code

    return tell


def has(connected, provider, provider_customer_id):
    """A customer of the provider's, and a way to wait for a method of theirs."""
    business = Business(connected, provider=provider, connection=provider)
    customer = business.customer(provider_customer_id=provider_customer_id)

    def waits_for(id):
        def found():
            return [it for it in business.methods(customer) if it.provider_method_id == id]

        return until(found, f"{id} is a method of the customer")[0]

    return customer, waits_for


def stripe_event(unique, customer):
    card = {"brand": "visa", "last4": "4242", "exp_month": 3, "exp_year": 2030, "fingerprint": "f"}
    method = {
        "id": f"pm_{unique}", "object": "payment_method", "type": "card", "card": card,
        "customer": customer, "created": int(time.time()),
    }
    event = {
        "id": f"evt_{unique}", "object": "event", "type": "payment_method.attached",
        "created": int(time.time()), "data": {"object": method},
    }
    return json.dumps(event).encode()


def changed(body):
    """The same with one byte that is another."""
    at = len(body) // 2
    return body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]


def test_what_stripes_library_signs_is_taken(connected, tell, unique):
    _, waits_for = has(connected, "stripe", f"cus_{unique}")
    body = stripe_event(unique, f"cus_{unique}")
    headers = signing.stripe_header(body, STRIPE_SECRET)
    assert signing.stripe_accepts(body, headers, STRIPE_SECRET)
    assert tell("stripe", body, headers) == 200
    assert waits_for(f"pm_{unique}").payment_provider_type == "stripe"


def test_what_stripes_library_refuses_is_refused(connected, tell, unique):
    body = stripe_event(unique, f"cus_{unique}")
    good = signing.stripe_header(body, STRIPE_SECRET)
    other = signing.stripe_header(body, "whsec_another")
    stale = signing.stripe_header(body, STRIPE_SECRET, at_s=int(time.time()) - 301)
    for wrong, headers in [
        (changed(body), good),
        (body + b"\n", good),
        (body, other),
        (body, stale),
        (body, {"Stripe-Signature": good["Stripe-Signature"].replace("v1=", "v0=")}),
        (body, {"Stripe-Signature": good["Stripe-Signature"][:-1]}),
    ]:
        assert not signing.stripe_accepts(wrong, headers, STRIPE_SECRET), headers
        assert tell("stripe", wrong, headers) == 400, headers
    while_rolling = good["Stripe-Signature"] + ",v1=" + other["Stripe-Signature"].split("v1=")[1]
    for headers in (good, {"Stripe-Signature": while_rolling}):
        assert signing.stripe_accepts(body, headers, STRIPE_SECRET)
        assert tell("stripe", body, headers) == 200


def gocardless_headers(body, secret=GOCARDLESS_SECRET):
    return {"Webhook-Signature": signature(secret, body)}


def test_what_gocardlesss_library_takes_is_taken(connected, tell, gocardless):
    payer = gocardless.customer()
    _, waits_for = has(connected, "gocardless", payer)
    mandate = gocardless.mandate(payer)
    event = {
        "id": f"EV{mandate}", "created_at": "2026-01-01T00:00:00.000Z",
        "resource_type": "mandates", "action": "active", "links": {"mandate": mandate},
        "details": {"origin": "gocardless", "cause": "mandate_activated", "description": "Ü"},
        "resource_metadata": {},
    }
    body = json.dumps({"events": [event]}, ensure_ascii=False).encode()
    headers = gocardless_headers(body)
    assert signing.gocardless_accepts(body, headers, GOCARDLESS_SECRET)
    assert tell("gocardless", body, headers) == 200
    assert waits_for(mandate).payment_provider_type == "gocardless"


def test_what_gocardlesss_library_refuses_is_refused(connected, tell):
    body = b'{"events":[]}'
    good = gocardless_headers(body)["Webhook-Signature"]
    for wrong, signed in [
        (changed(body), good),
        (body + b" ", good),
        (body, gocardless_headers(body, "another secret")["Webhook-Signature"]),
        (body, good.upper()),
        (body, good[:-1]),
        (body, ""),
    ]:
        headers = {"Webhook-Signature": signed}
        assert not signing.gocardless_accepts(wrong, headers, GOCARDLESS_SECRET), signed
        assert tell("gocardless", wrong, headers) == 400, signed
    assert tell("gocardless", body, {}) == 400
    assert tell("gocardless", body, {"Webhook-Signature": good}) == 200


def adyen_token_item(shopper, token, **changes):
    return {
        "eventCode": "AUTHORISATION", "success": "true", "eventDate": "2026-01-01T00:00:00+01:00",
        "merchantAccountCode": ACCOUNT, "merchantReference": r"a:b\c", "pspReference": token,
        "originalReference": "", "amount": {"currency": "EUR", "value": 0},
        "paymentMethod": "visa", "reason": "",
        "additionalData": {
            "tokenization.storedPaymentMethodId": token,
            "tokenization.shopperReference": shopper,
            "cardSummary": "1111", "expiryDate": "03/2030",
        },
        **changes,
    }


def notice(*items):
    wrapped = [{"NotificationRequestItem": item} for item in items]
    return json.dumps({"live": "false", "notificationItems": wrapped}).encode()


def test_what_adyens_library_signs_is_taken(connected, tell, adyen, unique):
    shopper, token = f"shopper_{unique}", f"M{unique}"
    _, waits_for = has(connected, "adyen", shopper)
    body = notice(signing.adyen_signs(adyen_token_item(shopper, token), HMAC_KEY))
    assert signing.adyen_accepts_items(body, HMAC_KEY)
    assert tell("adyen", body, {}) == 200
    assert waits_for(token).payment_provider_type == "adyen"

    token = f"T{unique}"
    data = {
        "merchantAccount": ACCOUNT, "storedPaymentMethodId": token, "shopperReference": shopper,
        "type": "visa", "operation": "created",
    }
    whole = {
        "createdAt": "2026-01-01T00:00:00+01:00", "eventId": f"Q{unique}", "environment": "test",
        "type": "recurring.token.created", "data": data,
    }
    body = json.dumps(whole).encode()
    headers = signing.adyen_header(body, HMAC_KEY)
    assert signing.adyen_accepts_body(body, headers, HMAC_KEY)
    assert tell("adyen", body, headers) == 200
    waits_for(token)


def test_what_adyens_library_refuses_is_refused(connected, tell, unique):
    item = adyen_token_item(f"shopper_{unique}", f"M{unique}")
    good = signing.adyen_signs(item, HMAC_KEY)
    forged = {**good, "amount": {"currency": "EUR", "value": 1}}
    renamed = {**good, "success": "false"}
    for body in (
        notice(signing.adyen_signs(item, OTHER_KEY)),
        notice(forged),
        notice(renamed),
        notice(good, forged),
    ):
        assert not signing.adyen_accepts_items(body, HMAC_KEY), body
        assert tell("adyen", body, {}) == 400, body
    assert tell("adyen", notice(item), {}) == 400, "an item without a signature"
    assert tell("adyen", notice(good), {}) == 200

    body = b'{"createdAt":"2025-06-30T16:40:23+02:00","eventId":"Q","type":"other","data":{}}'
    headers = signing.adyen_header(body, HMAC_KEY)
    for wrong, signed in [
        (changed(body), headers),
        (body + b" ", headers),
        (body, signing.adyen_header(body, OTHER_KEY)),
    ]:
        assert not signing.adyen_accepts_body(wrong, signed, HMAC_KEY)
        assert tell("adyen", wrong, signed) == 400, wrong
    assert tell("adyen", body, headers) == 200


def test_our_stand_ins_sign_as_the_libraries_expect(gocardless, adyen):
    body = json.dumps({"events": [], "meta": {"webhook_id": "WB1"}}).encode()
    headers = {"Webhook-Signature": signature(gocardless.secret, body)}
    assert signing.gocardless_accepts(body, headers, GOCARDLESS_SECRET)
    amount = {"currency": "EUR", "value": 5000}
    item = adyen.item("REFUND", False, "1", amount, r"x:y\z", originalReference="2")
    assert signing.adyen_accepts_items(notice(item), HMAC_KEY)
