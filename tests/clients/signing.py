"""What the official libraries of the providers say of a signature."""

import json
import time

import Adyen.util
import gocardless_pro.errors
import stripe
from gocardless_pro import webhooks as gocardless_webhooks


def stripe_header(body, secret, at_s=None):
    """As Stripe's library signs for tests of its own."""
    at_s = int(time.time()) if at_s is None else at_s
    signed = stripe.WebhookSignature._compute_signature(f"{at_s}.{body.decode()}", secret)
    return {"Stripe-Signature": f"t={at_s},v1={signed}"}


def stripe_accepts(body, headers, secret):
    try:
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], secret)
    except stripe.SignatureVerificationError:
        return False
    return True


def gocardless_accepts(body, headers, secret):
    try:
        gocardless_webhooks.parse(body, secret, headers["Webhook-Signature"])
    except gocardless_pro.errors.InvalidSignatureError:
        return False
    return True


def adyen_signs(item, hmac_key):
    """The item with the signature that Adyen's library gives it."""
    unsigned = {name: value for name, value in item.items() if name != "additionalData"}
    signed = Adyen.util.generate_notification_sig(unsigned, hmac_key).decode()
    return {**item, "additionalData": {**item.get("additionalData", {}), "hmacSignature": signed}}


def adyen_accepts_items(body, hmac_key):
    """The library looks at the first item only; each is asked for."""
    items = json.loads(body)["notificationItems"]
    return all(
        Adyen.util.is_valid_hmac_notification(it["NotificationRequestItem"], hmac_key)
        for it in items
    )


def adyen_header(body, hmac_key):
    return {"HmacSignature": Adyen.util.generate_payload_sig(body, hmac_key).decode()}


def adyen_accepts_body(body, headers, hmac_key):
    return Adyen.util.is_valid_hmac_payload(headers["HmacSignature"], hmac_key, body)
