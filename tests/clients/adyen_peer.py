"""Stands in for Adyen, of which nobody publishes a stand-in that remembers: payments with stored
methods, keys, payment links, refunds, and signed webhooks. How a stored method behaves is said by
the story. It checks of a request only what it needs."""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timezone

import httpx

from serving import Answer, Serving, answer

API_KEY = "stories"
ACCOUNT = "AsterECOM"
ITEM_SIGNED = (
    "pspReference", "originalReference", "merchantAccountCode", "merchantReference", "value",
    "currency", "eventCode", "success",
)


def now():
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def signature(hmac_key, message):
    digest = hmac.new(bytes.fromhex(hmac_key), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def item_signature(hmac_key, item):
    fields = {**item, **item["amount"]}
    message = ":".join(str(fields.get(name, "")) for name in ITEM_SIGNED)
    return signature(hmac_key, message.encode())


def refused(status, code, message, kind="validation"):
    error = {"status": status, "errorCode": code, "message": message, "errorType": kind}
    return answer(status, error)


class AdyenPeer(Serving):
    def __init__(self, hmac_key):
        self.hmac_key = hmac_key
        self.stored = {}
        self.payments = {}
        self.links = {}
        self.modifications = {}
        self.keys = {}
        self.told = []
        self.hook = None
        self._numbers = 0
        super().__init__()

    def _number(self):
        self._numbers += 1
        return f"{self._numbers:016}"

    # What Adyen answers.

    def replies(self, asked):
        if asked.headers.get("x-api-key") != API_KEY:
            return refused(401, "000", "HTTP Status Response - Unauthorized", "security")
        account = asked.json.get("merchantAccount") or asked.one("merchantAccount")
        if account not in (None, ACCOUNT):
            return refused(403, "901", "Invalid Merchant Account", "security")
        key = asked.headers.get("idempotency-key")
        if asked.method != "POST" or key is None:
            return self._answered(asked)
        if key not in self.keys:
            self.keys[key] = (asked.body, self._answered(asked))
        body, first = self.keys[key]
        if body != asked.body:
            return refused(422, "704", "request already processed or in progress")
        return Answer(first.status, first.body, {"idempotency-key": key})

    def _answered(self, asked):
        match (asked.method, asked.path.strip("/").split("/")):
            case ("POST", ["paymentMethods"]):
                return answer(200, {"paymentMethods": [{"name": "Cards", "type": "scheme"}]})
            case ("GET", ["storedPaymentMethods"]):
                return self._stored(asked.one("shopperReference"))
            case ("POST", ["payments"]):
                return self._pay(asked.json)
            case ("POST", ["payments", psp, ("cancels" | "refunds" | "reversals") as what]):
                return self._modify(psp, what, asked.json)
            case ("POST", ["paymentLinks"]):
                return self._link(asked.json)
            case ("GET", ["paymentLinks", id]) if id in self.links:
                return answer(200, self.links[id])
            case ("PATCH", ["paymentLinks", id]) if id in self.links:
                if self.links[id]["status"] != "active":
                    return refused(422, "14_0408", "the link is not active any more")
                self.links[id]["status"] = "expired"
                return answer(200, self.links[id])
        return refused(404, "000", "not found")

    def _stored(self, shopper):
        theirs = [it for it, _ in self.stored.values() if it["shopperReference"] == shopper]
        shown = {"merchantAccount": ACCOUNT, "shopperReference": shopper}
        return answer(200, {**shown, "storedPaymentMethods": theirs})

    def _pay(self, given):
        token = given["paymentMethod"].get("storedPaymentMethodId")
        method, (result, code, reason) = self.stored.get(token, (None, (None, None, None)))
        if method is None or method["shopperReference"] != given.get("shopperReference"):
            return refused(422, "803", "PaymentDetail not found")
        made = {
            "pspReference": self._number(), "resultCode": result,
            "merchantReference": given["reference"], "amount": given["amount"],
        }
        if code:
            made |= {"refusalReasonCode": code, "refusalReason": reason}
        self.payments[made["pspReference"]] = (given, made)
        return answer(200, made)

    def _modify(self, psp, what, given):
        if psp not in self.payments:
            return refused(422, "167", "Original pspReference required for this operation")
        number = self._number()
        self.modifications[number] = (psp, what, given)
        made = {**given, "paymentPspReference": psp, "pspReference": number, "status": "received"}
        return answer(201, made)

    def _link(self, given):
        id = f"PL{self._number()}"
        made = {**given, "id": id, "url": f"{self.address}/pages/{id}", "status": "active"}
        self.links[id] = made
        return answer(201, made)

    # What a story says.

    def stores(self, shopper, result="Authorised", code=None, reason=None):
        """A card of a shopper, whose charges end so."""
        token = f"M{self._number()}"
        method = {
            "id": token, "type": "scheme", "brand": "visa", "name": "VISA", "lastFour": "1111",
            "expiryMonth": "03", "expiryYear": "2030", "shopperReference": shopper,
            "supportedRecurringProcessingModels": ["CardOnFile", "UnscheduledCardOnFile"],
        }
        self.stored[token] = (method, (result, code, reason))
        return token

    def of(self, shopper):
        """The payments that were asked for with a shopper's methods."""
        return [it for it in self.payments.values() if it[0].get("shopperReference") == shopper]

    def item(self, code, success, psp, amount, reference, **more):
        additional = more.pop("additionalData", {})
        item = {
            "eventCode": code, "success": str(success).lower(), "eventDate": now(),
            "merchantAccountCode": ACCOUNT, "merchantReference": reference, "pspReference": psp,
            "amount": amount, "paymentMethod": "visa", "reason": "", **more,
        }
        signed = item_signature(self.hmac_key, item)
        return {**item, "additionalData": {**additional, "hmacSignature": signed}}

    def tells(self, *items):
        wrapped = [{"NotificationRequestItem": item} for item in items]
        body = json.dumps({"live": "false", "notificationItems": wrapped}).encode()
        self.told.append(body)
        headers = {"Content-Type": "application/json"}
        return httpx.post(self.hook, content=body, headers=headers, timeout=30)

    def authorises(self, psp, success=True, reason=""):
        """What a payment came to, as a webhook says it."""
        given, _ = self.payments[psp]
        metadata = given.get("metadata", {})
        more = {f"metadata.{name}": value for name, value in metadata.items()}
        return self.tells(self.item(
            "AUTHORISATION", success, psp, given["amount"], given["reference"],
            reason=reason, additionalData=more,
        ))

    def modifies(self, number, code, success=True, reason=""):
        """What a cancellation or a refund came to."""
        psp, _, given = self.modifications[number]
        amount = given.get("amount") or self.payments[psp][0]["amount"]
        return self.tells(self.item(
            code, success, number, amount, given["reference"],
            originalReference=psp, reason=reason,
        ))

    def payer_completes(self, page):
        """The payer enters a card on the page; it is kept if the page is to."""
        link = self.links[page.rsplit("/", 1)[1]]
        shopper, psp = link["shopperReference"], self._number()
        more = {f"metadata.{name}": value for name, value in link["metadata"].items()}
        more["paymentLinkId"] = link["id"]
        if "storePaymentMethodMode" in link:
            more |= {
                "tokenization.storedPaymentMethodId": self.stores(shopper),
                "tokenization.shopperReference": shopper,
                "cardSummary": "1111", "expiryDate": "03/2030",
            }
        link["status"] = "completed"
        self.payments[psp] = (link, {"pspReference": psp, "resultCode": "Authorised"})
        return self.tells(self.item(
            "AUTHORISATION", True, psp, link["amount"], link["reference"], additionalData=more,
        ))
