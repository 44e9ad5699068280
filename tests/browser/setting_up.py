"""Something to see on the pages for who sets recoup up: keys, endpoints with deliveries, policies,
what customers have. And pages for payers in each of their states."""

from receiver import Receiver

from stage import customer, invoice


def made(recoup, path, body, method="POST"):
    answer = recoup.api(method, path, json=body)
    assert answer.status_code < 300, answer.text
    return answer.json()


def link(recoup, invoice_id):
    body = made(recoup, f"/api/v1/invoices/{invoice_id}/payment_url", {})
    return "/" + body["invoice_payment_details"]["payment_url"].split("/", 3)[3]


def endpoints(recoup):
    """One that takes what it is told, and one that refuses."""
    receiver = Receiver()
    receiver.answers("/broken", [500] * 10_000)
    found = {}
    for name, path in (("fine", "/fine"), ("broken", "/broken")):
        endpoint = {"webhook_url": receiver.url(path), "name": f"The {name} one"}
        body = made(recoup, "/api/v1/webhook_endpoints", {"webhook_endpoint": endpoint})
        found[f"endpoint_{name}"] = body["webhook_endpoint"]["lago_id"]
    return found, receiver


def policy(recoup, soft):
    text = f'name = "careful"\nwindow_days = 28\n\n[ladders]\nsoft = {soft}\n'
    made(recoup, "/recoup/v1/policies/careful", {"toml": text}, "PUT")


def billing(recoup):
    customer(recoup, "kauri-kitchen", "Kauri Kitchen", "ok")
    plan = made(recoup, "/api/v1/plans", {"plan": {
        "name": "Gold plan", "code": "gold", "interval": "monthly", "amount_cents": 4900,
        "amount_currency": "EUR", "pay_in_advance": True,
    }})["plan"]
    subscription = made(recoup, "/api/v1/subscriptions", {"subscription": {
        "external_customer_id": "kauri-kitchen", "plan_code": "gold", "external_id": "gold-1",
    }})["subscription"]
    wallet = made(recoup, "/api/v1/wallets", {"wallet": {
        "external_customer_id": "kauri-kitchen", "name": "Prepaid", "rate_amount": "1",
        "currency": "EUR", "granted_credits": "25", "paid_credits": "0",
    }})["wallet"]
    made(recoup, "/recoup/v1/dunning_campaigns", {"dunning_campaign": {
        "code": "reminder", "name": "Reminder", "max_attempts": 3, "days_between_attempts": 7,
        "thresholds": [{"currency": "EUR", "amount_cents": 2500}],
    }})
    return {
        "plan": plan["lago_id"], "subscription": subscription["lago_id"],
        "wallet": wallet["lago_id"],
    }


def set_up(recoup):
    """Answers what addresses of pages name."""
    key = made(recoup, "/recoup/v1/api_keys", {"api_key": {
        "name": "shop", "read": ["customer", "invoice"], "write": ["invoice"], "expires_in_days": 90,
    }})["api_key"]
    found, receiver = endpoints(recoup)
    policy(recoup, '["1d", "3d"]')
    policy(recoup, '["2d", "5d", "9d"]')
    made(recoup, "/recoup/v1/policies/assignments",
         {"scope": "organization", "policy": "careful"}, "PUT")
    found |= billing(recoup)
    recoup.advance(hours=2)
    failed = recoup.api("GET", "/recoup/v1/webhook_deliveries?state=failed").json()
    users = recoup.json("user", "list", "--json")
    return found | {
        "key": key["id"],
        "delivery": failed["webhook_deliveries"][0]["id"],
        "operator": next(it["id"] for it in users if it["email"].startswith("operator")),
        "receiver": receiver,
    }


def payers(recoup):
    """Pages for payers, by what they say."""
    found = {}
    for external_id, behaviour, state in (
        ("lime-lamps", "declined_insufficient_funds", "payable"),
        ("maple-mills", "declined_insufficient_funds", "withdrawn"),
        ("nutmeg-news", "declined_insufficient_funds", "over"),
        ("olive-oils", "fails_1_insufficient_funds", "being-paid"),
        ("poppy-pets", "fails_1_insufficient_funds", "paid"),
    ):
        customer(recoup, external_id, external_id.replace("-", " ").title(), behaviour)
        debt = invoice(recoup, external_id, 12_900)["lago_id"]
        recoup.advance(seconds=30)
        found[state] = (debt, link(recoup, debt))
    return found
