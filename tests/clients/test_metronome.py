"""Metronome's client, unmodified and strict about answers, collecting payments."""

import json
import os
import subprocess
import uuid

import metronome
import pytest
from metronome import Metronome

from cutting import Cutting
from waiting import until

SET_BY_HAND = "manually_charge_payment_intent"


@pytest.fixture
def client(recoup):
    return Metronome(
        bearer_token=recoup.key, base_url=recoup.address, _strict_response_validation=True
    )


@pytest.fixture
def add_on(recoup):
    code = f"setup-{uuid.uuid4().hex[:12]}"
    body = {"name": "Set-up", "code": code, "amount_cents": 4900, "amount_currency": "EUR"}
    assert recoup.api("POST", "/api/v1/add_ons", json={"add_on": body}).status_code == 200
    return code


class Debtor:
    """A customer whose card behaves so, and an invoice that nobody charges unasked."""

    def __init__(self, recoup, client, add_on, behaviour, currency="EUR"):
        self.alias = f"py-{uuid.uuid4().hex[:12]}"
        self.at_provider = f"cus_{behaviour}__{self.alias}"
        self.client = client
        self.id = client.v1.customers.create(
            name="Aster Books",
            ingest_aliases=[self.alias],
            billing_config={
                "billing_provider_type": "stripe",
                "billing_provider_customer_id": self.at_provider,
                "stripe_collection_method": SET_BY_HAND,
            },
        ).data.id
        invoice = {
            "external_customer_id": self.alias,
            "currency": currency,
            "fees": [{"add_on_code": add_on, "units": 1}],
        }
        made = recoup.api("POST", "/api/v1/invoices", json={"invoice": invoice})
        assert made.status_code == 200, made.text
        self.invoice = made.json()["invoice"]["lago_id"]

    @property
    def names(self):
        return {"customer_id": self.id, "invoice_id": self.invoice}

    def attempt(self, **options):
        return self.client.v1.payments.attempt(**self.names, **options).data

    def payments(self):
        return list(self.client.v1.payments.list(**self.names, limit=1))

    def statuses(self):
        return [payment.status for payment in self.payments()]


@pytest.fixture
def debtor(recoup, client, add_on):
    return lambda behaviour, **more: Debtor(recoup, client, add_on, behaviour, **more)


def code(refusal):
    return refusal.value.body["code"]


def test_an_invoice_is_attempted_paid_and_listed(recoup, client, debtor):
    ada = debtor("ok")
    paid = ada.attempt()
    assert (paid.status, paid.amount, paid.amount_paid) == ("paid", 49, 49)
    assert paid.fiat_credit_type.name == "EUR"
    assert recoup.taken(ada.at_provider) == [4900]
    assert [payment.id for payment in ada.payments()] == [paid.id]
    invoice = client.v1.customers.invoices.retrieve(**ada.names).data
    assert (invoice.status, invoice.external_invoice.external_status) == ("FINALIZED", "PAID")
    assert [one.id for one in client.v1.customers.invoices.list(customer_id=ada.id)] == [ada.invoice]
    with pytest.raises(metronome.BadRequestError) as refusal:
        ada.attempt()
    assert code(refusal) == "invoice_already_paid"
    lago = recoup.api("GET", f"/api/v1/payments?invoice_id={ada.invoice}").json()["payments"]
    assert [payment["lago_id"] for payment in lago] == [paid.id]


def test_dollars_are_told_in_cents(client, debtor):
    ada = debtor("ok", currency="USD")
    paid = ada.attempt()
    assert (paid.amount, paid.fiat_credit_type.name) == (4900, "USD (cents)")
    units = {unit.name: unit.id for unit in client.v1.pricing_units.list(limit=50)}
    assert units["USD (cents)"] == paid.fiat_credit_type.id


def test_a_decline_is_told_and_the_next_attempt_on_another_card_pays(recoup, client, debtor):
    ada = debtor("declined_insufficient_funds")
    declined = ada.attempt()
    assert declined.status == "requires_intervention"
    assert declined.payment_gateway.stripe.error.decline_code == "insufficient_funds"
    better = f"cus_ok__{ada.alias}-2"
    client.v1.customers.set_billing_configurations(
        data=[
            {
                "customer_id": ada.id,
                "billing_provider": "stripe",
                "delivery_method": "direct_to_billing_provider",
                "configuration": {"stripe_customer_id": better},
            }
        ]
    )
    assert ada.attempt().status == "paid"
    assert ada.statuses() == ["paid", "canceled"]
    assert recoup.taken(better) == [4900]


def test_a_payment_is_cancelled_and_attempted_again(recoup, client, debtor):
    ada = debtor("pending_3600")
    first = ada.attempt()
    cancelled = client.v1.payments.cancel(**ada.names).data
    assert (cancelled.id, cancelled.status) == (first.id, "canceled")
    with pytest.raises(metronome.BadRequestError) as refusal:
        client.v1.payments.cancel(**ada.names)
    assert code(refusal) == "no_live_payment"
    assert ada.attempt().id != first.id
    recoup.advance(days=1)
    assert ada.statuses() == ["paid", "canceled"]
    assert recoup.taken(ada.at_provider) == [4900]


def test_a_newer_attempt_takes_the_place_of_one_that_is_pending(recoup, debtor):
    ada = debtor("pending_3600")
    assert ada.attempt().id != ada.attempt().id
    assert ada.statuses() == ["pending", "canceled"]
    recoup.advance(days=1)
    assert recoup.taken(ada.at_provider) == [4900]


def test_a_charge_that_takes_long_is_answered_in_time_and_keeps_others_out(debtor):
    ada = debtor("slow_9000")
    # It was answered before the provider had answered.
    assert ada.attempt().status == "pending"
    with pytest.raises(metronome.BadRequestError) as refusal:
        ada.attempt()
    assert code(refusal) == "payment_in_progress"
    until(lambda: ada.statuses() == ["paid"], "the charge has gone on")


def test_a_payer_who_has_to_act_and_a_customer_without_a_card(client, debtor):
    waiting = debtor("action").attempt()
    assert waiting.status == "requires_intervention" and waiting.error_message
    without = debtor("no_method").attempt()
    assert without.status == "requires_intervention" and without.error_message
    assert without.payment_gateway is None


def test_an_answer_that_is_lost_on_its_way_leads_to_one_charge(recoup, debtor):
    ada = debtor("ok")
    path = "/v1/payments/attempt"
    proxy = Cutting(recoup.address, [path, path])
    try:
        client = Metronome(bearer_token=recoup.key, base_url=proxy.address)
        paid = client.v1.payments.attempt(**ada.names).data
        assert paid.status == "paid"
        assert proxy.seen == [(path, "0"), (path, "1"), (path, "2")]
    finally:
        proxy.end()
    assert len(recoup.ledger(ada.at_provider)) == 1
    assert [payment.id for payment in ada.payments()] == [paid.id]


def test_a_key_of_the_callers_is_answered_once(debtor):
    ada, bob = debtor("pending_3600"), debtor("ok")
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first = ada.attempt(extra_headers=headers)
    assert ada.attempt(extra_headers=headers) == first
    with pytest.raises(metronome.ConflictError) as refusal:
        bob.attempt(extra_headers=headers)
    assert code(refusal) == "idempotency_key_reused"


def test_what_cannot_be_charged_is_refused(client, debtor):
    ada, bob = debtor("ok"), debtor("ok")
    client.v1.invoices.void(id=ada.invoice)
    with pytest.raises(metronome.BadRequestError) as refusal:
        ada.attempt()
    assert code(refusal) == "invoice_voided"
    with pytest.raises(metronome.NotFoundError) as refusal:
        client.v1.payments.attempt(customer_id=ada.id, invoice_id=bob.invoice)
    assert code(refusal) == "invoice_not_found"
    with pytest.raises(metronome.BadRequestError) as refusal:
        client.v1.payments.list(**bob.names, statuses=["failed"])
    assert code(refusal) == "invalid_request"
    client.v1.customers.archive(id=bob.id)
    with pytest.raises(metronome.BadRequestError) as refusal:
        bob.attempt()
    assert code(refusal) == "customer_archived"
    archived = [one.id for one in client.v1.customers.list(only_archived=True)]
    assert bob.id in archived and ada.id not in archived


def test_customers_are_named_and_configured(client, unique):
    made = client.v1.customers.create(name="Ada", external_id=unique).data
    assert (made.external_id, made.ingest_aliases) == (unique, [unique])
    with pytest.raises(metronome.ConflictError) as refusal:
        client.v1.customers.create(name="Bob", ingest_aliases=[unique])
    assert code(refusal) == "alias_taken"
    assert client.v1.customers.set_name(customer_id=made.id, name="Zoe").data.name == "Zoe"
    aliases = [f"{unique}-2", unique]
    client.v1.customers.set_ingest_aliases(customer_id=made.id, ingest_aliases=aliases)
    assert client.v1.customers.retrieve(customer_id=made.id).data.ingest_aliases == aliases
    configuration = {"customer_id": made.id, "billing_provider_type": "stripe"}
    client.v1.customers.billing_config.create(
        **configuration, billing_provider_customer_id=f"cus_ok__{unique}"
    )
    found = client.v1.customers.billing_config.retrieve(**configuration).data
    assert found.stripe_collection_method == "charge_automatically"
    all_of_them = client.v1.customers.retrieve_billing_configurations(customer_id=made.id).data
    ids = [one.id for one in all_of_them]
    client.v1.customers.archive_billing_configurations(
        customer_id=made.id, customer_billing_provider_configuration_ids=ids
    )
    with pytest.raises(metronome.NotFoundError):
        client.v1.customers.billing_config.delete(**configuration)
    client.v1.customers.billing_config.create(
        **configuration, billing_provider_customer_id=f"cus_ok__{unique}"
    )
    assert client.v1.customers.billing_config.delete(**configuration) is None
    kept = client.v1.customers.retrieve_billing_configurations(
        customer_id=made.id, include_archived=True
    ).data
    assert len(kept) == 2 and all(one.archived_at for one in kept)


def test_the_newest_version_reaches_payments_by_its_generic_call(recoup, debtor):
    ada = debtor("ok")
    script = os.path.join(os.path.dirname(__file__), "metronome_newest.py")
    command = [os.environ["METRONOME_NEWEST_PYTHON"], script]
    done = subprocess.run(
        [*command, recoup.address, recoup.key, ada.id, ada.invoice],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    saw = json.loads(done.stdout)
    assert saw["attempted"]["status"] == "paid"
    assert saw["refused"] == "no_live_payment"
    assert saw["listed"] == [saw["attempted"]["id"]]
    assert (saw["has_payments"], saw["name"]) == (False, "Aster Books")
    assert (saw["external_status"], saw["configurations"]) == ("PAID", 1)
