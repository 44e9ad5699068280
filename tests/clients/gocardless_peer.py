"""Stands in for GoCardless, of which nobody publishes a stand-in that remembers: customers,
mandates, payments, refunds, billing requests, events. What happens at banks is said by the story.
It knows nothing of limits, dates, and of schemes other than SEPA Core and Bacs."""

import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone

import httpx

from serving import Serving, answer

TOKEN = "sandbox_stories"
VERSION = "2015-07-06"
PREFIXES = {
    "customers": "CU", "customer_bank_accounts": "BA", "mandates": "MD", "payments": "PM",
    "refunds": "RF", "billing_requests": "BRQ", "billing_request_flows": "BRF", "events": "EV",
    "creditors": "CR",
}
SCHEMES = {"EUR": "sepa_core", "GBP": "bacs"}
CHARGEABLE = ("pending_customer_approval", "pending_submission", "submitted", "active")


def now(**later):
    moment = datetime.now(timezone.utc) + timedelta(**later)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def signature(secret, body):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def refused(status, kind, message, **reason):
    error = {
        "type": kind, "code": status, "message": message, "request_id": "r1",
        "documentation_url": "https://developer.gocardless.com/#errors",
        "errors": [{"message": message, **reason}],
    }
    return answer(status, {"error": error})


class GoCardlessPeer(Serving):
    def __init__(self, secret):
        self.secret = secret
        self.objects = {name: {} for name in PREFIXES}
        self.keys = {}
        self.told = []
        self.hook = None
        super().__init__()
        self._made("creditors", {"name": "Aster"})

    # What GoCardless answers.

    def replies(self, asked):
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            reason = "access_token_not_found"
            return refused(401, "invalid_api_usage", "no such token", reason=reason)
        if asked.headers.get("gocardless-version") != VERSION:
            reason = "missing_version_header"
            return refused(400, "invalid_api_usage", "no version", reason=reason)
        name, *rest = asked.path.strip("/").split("/")
        if name in PREFIXES and not rest:
            return self._create(name, asked) if asked.method == "POST" else self._list(name, asked)
        found = self.objects.get(name, {}).get(rest[0]) if rest else None
        if found is None:
            return refused(404, "invalid_api_usage", "not found", reason="resource_not_found")
        match (asked.method, rest[1:]):
            case ("GET", []):
                return answer(200, {name: found})
            case ("PUT", []):
                found.update(asked.json[name])
                return answer(200, {name: found})
            case ("POST", ["actions", "cancel"]):
                return self._cancel(name, found)
        return refused(404, "invalid_api_usage", "not found", reason="resource_not_found")

    def _create(self, name, asked):
        key = (name, asked.headers.get("idempotency-key"))
        if key in self.keys:
            conflict = {"conflicting_resource_id": self.keys[key]}
            reason = "idempotent_creation_conflict"
            return refused(409, "invalid_state", "made already", reason=reason, links=conflict)
        given = asked.json[name]
        refusal = self._refusal(name, given)
        if refusal:
            return refusal
        made = self._made(name, given)
        self.keys[key] = made["id"]
        return answer(201, {name: made})

    def _refusal(self, name, given):
        if name == "payments":
            mandate = self.objects["mandates"].get(given["links"]["mandate"])
            if mandate is None:
                return refused(422, "validation_failed", "not found", field="links")
            if mandate["status"] not in CHARGEABLE:
                reason = "mandate_is_inactive"
                return refused(422, "invalid_state", "mandate is inactive", reason=reason)
            if SCHEMES.get(given["currency"]) != mandate["scheme"]:
                return refused(422, "validation_failed", "not the scheme's", field="currency")
        if name == "refunds":
            payment = self.objects["payments"][given["links"]["payment"]]
            if payment["status"] not in ("confirmed", "paid_out"):
                reason = "refund_payment_invalid_state"
                return refused(422, "invalid_state", "not collected", reason=reason)
            total = payment["amount_refunded"] + given["amount"]
            if given.get("total_amount_confirmation") != total:
                reason = "total_amount_confirmation_invalid"
                return refused(422, "invalid_state", "not the total", reason=reason)
        return None

    def _made(self, name, given):
        made = {
            "id": f"{PREFIXES[name]}{len(self.objects[name]) + 1:05}",
            "created_at": now(), "metadata": {}, "links": {}, **given,
        }
        if name == "payments":
            scheme = SCHEMES[made["currency"]]
            made |= {"status": "pending_submission", "scheme": scheme, "amount_refunded": 0}
        if name == "refunds":
            payment = self.objects["payments"][made["links"]["payment"]]
            payment["amount_refunded"] += made["amount"]
            made |= {"status": "created", "currency": payment["currency"]}
        if name == "billing_requests":
            made |= {"status": "pending", "actions": []}
        if name == "billing_request_flows":
            url = f"{self.address}/pages/{made['links']['billing_request']}"
            made |= {"authorisation_url": url, "expires_at": now(days=7)}
        self.objects[name][made["id"]] = made
        return made

    def _list(self, name, asked):
        found = list(reversed(self.objects[name].values()))
        for link in ("customer", "mandate", "payment"):
            if asked.one(link):
                found = [it for it in found if self._link(name, it, link) == asked.one(link)]
        for field in ("status", "action"):
            if asked.all(field):
                found = [it for it in found if it[field] in asked.all(field)]
        since = asked.one("created_at[gte]") or ""
        found = [it for it in found if it["created_at"] >= since]
        limit = int(asked.one("limit") or 50)
        after = asked.one("after")
        if after:
            ids = [it["id"] for it in found]
            found = found[ids.index(after) + 1:] if after in ids else []
        cursors = {"before": None, "after": found[limit - 1]["id"] if len(found) > limit else None}
        return answer(200, {name: found[:limit], "meta": {"cursors": cursors, "limit": limit}})

    def _link(self, name, found, link):
        if name == "payments" and link == "customer":
            return self.objects["mandates"][found["links"]["mandate"]]["links"]["customer"]
        return found["links"].get(link)

    def _cancel(self, name, found):
        open_states = {
            "payments": ("pending_customer_approval", "pending_submission"),
            "mandates": CHARGEABLE,
            "billing_requests": ("pending", "ready_to_fulfil"),
        }
        if found["status"] not in open_states.get(name, ()):
            reason = "cancellation_failed"
            return refused(422, "invalid_state", "too late", reason=reason)
        found["status"] = "cancelled"
        self._event(name, found, "cancelled", {"origin": "api", "cause": f"{name[:-1]}_cancelled"})
        return answer(200, {name: found})

    # What a story says.

    def customer(self, **given):
        return self._made("customers", {"company_name": "Aster Books", **given})["id"]

    def mandate(self, customer, currency="EUR", status="active"):
        account = self._made("customer_bank_accounts", {
            "account_holder_name": "ASTER BOOKS", "account_number_ending": "11",
            "bank_name": "A BANK", "currency": currency, "country_code": "DE", "enabled": True,
            "links": {"customer": customer},
        })
        links = {"customer": customer, "customer_bank_account": account["id"], "creditor": "CR00001"}
        made = {"scheme": SCHEMES[currency], "status": status, "reference": "REF1", "links": links}
        return self._made("mandates", made)["id"]

    def payments(self, customer):
        return [
            it for it in self.objects["payments"].values()
            if self._link("payments", it, "customer") == customer
        ]

    def _event(self, name, found, action, details):
        return self._made("events", {
            "resource_type": name, "action": action, "links": {name[:-1]: found["id"]},
            "details": {"origin": "bank", "cause": f"{name[:-1]}_{action}", **details},
            "resource_metadata": found["metadata"],
        })

    def happens(self, name, id, action, status=None, **details):
        """Changes an object, and tells of it; answers what the webhook was answered."""
        found = self.objects[name][id]
        found["status"] = status or action
        return self.tells(self._event(name, found, action, details))

    def tells(self, *events):
        body = json.dumps({"events": list(events), "meta": {"webhook_id": "WB1"}}).encode()
        signed = signature(self.secret, body)
        self.told.append((body, signed))
        headers = {"Webhook-Signature": signed, "Content-Type": "application/json"}
        return httpx.post(self.hook, content=body, headers=headers, timeout=30).status_code

    def payer_completes(self, page):
        """The payer gives the bank account on the page, and the mandate that it asks for."""
        id = page.rsplit("/", 1)[1]
        found = self.objects["billing_requests"][id]
        customer = found["links"]["customer"]
        currency = (found.get("mandate_request") or found["payment_request"])["currency"]
        mandate = self.mandate(customer, currency, status="pending_submission")
        if "mandate_request" in found:
            found["links"]["mandate_request_mandate"] = mandate
        if "payment_request" in found:
            asked_for = found["payment_request"]
            payment = self._made("payments", {
                "amount": asked_for["amount"], "currency": currency,
                "metadata": asked_for.get("metadata", {}), "links": {"mandate": mandate},
            })
            payment["status"] = "confirmed"
            found["links"]["payment_request_payment"] = payment["id"]
        return self.happens("billing_requests", id, "fulfilled")
