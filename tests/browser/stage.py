"""Customers and invoices with something to see in each of their states."""


def customer(recoup, external_id, name, behaviour):
    answer = recoup.api("POST", "/api/v1/customers", json={"customer": {
        "external_id": external_id, "name": name, "currency": "EUR",
        "billing_configuration": {
            "payment_provider": "sandbox", "payment_provider_code": "sandbox",
            "provider_customer_id": f"cus_{behaviour}__{external_id}", "sync": True,
        },
    }})
    assert answer.status_code == 200, answer.text
    return answer.json()["customer"]


def invoice(recoup, external_id, cents):
    add_on = {"name": "Monthly plan", "code": "plan", "amount_cents": 4900, "amount_currency": "EUR"}
    recoup.api("POST", "/api/v1/add_ons", json={"add_on": add_on})
    answer = recoup.api("POST", "/api/v1/invoices", json={"invoice": {
        "external_customer_id": external_id, "currency": "EUR",
        "fees": [{"add_on_code": "plan", "units": 1, "unit_amount_cents": cents}],
    }})
    assert answer.status_code == 200, answer.text
    return answer.json()["invoice"]


SAMPLES = [
    ("aster-books", "Aster Books", "ok", 4_900),
    ("birch-bakery", "Birch Bakery", "fails_1_insufficient_funds", 12_900),
    ("cedar-cycles", "Cedar Cycles", "fails_2_insufficient_funds", 7_450),
    ("dahlia-dental", "Dahlia Dental Practice & Laboratory", "fails_1_issuer_unavailable", 310_000),
    ("elm-electric", "Elm Electric", "declined_insufficient_funds", 99_000),
    ("fern-fitness", "Fern Fitness", "declined_expired_card", 2_900),
    ("ginkgo-games", "Ginkgo Games", "declined_do_not_honor", 5_900),
    ("hazel-hotel", "Hazel Hotel", "pending_86400", 84_000),
    ("iris-imports", "Iris Imports", "lost", 15_500),
    ("juniper-jams", "Juniper Jams", "action", 1_990),
]


def set_up(recoup):
    """Answers what addresses of pages name."""
    found = {}
    for external_id, name, behaviour, cents in SAMPLES:
        customer(recoup, external_id, name, behaviour)
        found[external_id] = invoice(recoup, external_id, cents)["lago_id"]
    recoup.advance(seconds=60)
    recoup.advance(days=3)
    found["attempt"] = last_attempt(recoup, found["elm-electric"])
    return found


def last_attempt(recoup, invoice_id):
    """The newest payment of an invoice is its last attempt."""
    answer = recoup.api("GET", f"/api/v1/payments?invoice_id={invoice_id}")
    return answer.json()["payments"][0]["lago_id"]
