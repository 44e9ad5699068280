"""Wallets: credits bought, granted and spent."""

import pytest
from lago_python_client.exceptions import LagoApiError
from lago_python_client.models.plan import Plan
from lago_python_client.models.subscription import Subscription
from lago_python_client.models.wallet import (
    RecurringTransactionRule,
    RecurringTransactionRuleList,
    Wallet,
)
from lago_python_client.models.wallet_transaction import WalletTransaction

import payer as payers
from waiting import until


def wallet(client, customer, **more):
    wanted = {"rate_amount": "1.0", "name": "Prepaid", "currency": "EUR", **more}
    return client.wallets.create(Wallet(external_customer_id=customer.external_id, **wanted))


def balance(client, made, cents):
    """The wallet, read until it holds so much."""

    def read():
        found = client.wallets.find(made.lago_id)
        return found if found.balance_cents == cents else None

    return until(read, f"the wallet holds {cents}")


def transaction(client, made, status):
    """The newest transaction of a wallet, read until it has that status."""

    def read():
        found = client.wallet_transactions.find_all(made.lago_id)["wallet_transactions"]
        return found[0] if found and found[0].status == status else None

    return until(read, f"the transaction is {status}")


def test_wallets_are_kept(business, client):
    customer, _ = business.payer("ok")
    made = wallet(client, customer, granted_credits="10.0")
    assert (made.status, made.rate_amount, made.code) == ("active", "1.0", "prepaid")
    balance(client, made, 1000)
    of_customer = {"external_customer_id": customer.external_id}
    assert [it.lago_id for it in client.wallets.find_all(of_customer)["wallets"]] == [made.lago_id]
    assert client.wallets.update(Wallet(name="Other"), made.lago_id).name == "Other"
    assert client.wallets.destroy(made.lago_id).status == "terminated"
    with pytest.raises(LagoApiError) as error:
        client.wallets.find("nothing")
    assert error.value.response["code"] == "wallet_not_found"


def test_wallets_of_a_customer(business, client):
    customer, _ = business.payer("ok")
    nested = client.customers.wallets
    made = nested.create(customer.external_id, Wallet(rate_amount="2.0", name="Mine", currency="EUR"))
    assert nested.find(customer.external_id, made.code).lago_id == made.lago_id
    assert len(nested.find_all(customer.external_id)["wallets"]) == 1
    assert nested.update(customer.external_id, made.code, Wallet(name="Ours")).name == "Ours"
    assert nested.destroy(customer.external_id, made.code).status == "terminated"


def test_bought_credits_count_once_they_are_paid(recoup, business, client):
    customer, payer = business.payer("ok")
    business.has_method(customer)
    made = wallet(client, customer)
    # The client sends every field that was not set as null.
    bought = client.wallet_transactions.create(
        WalletTransaction(wallet_id=made.lago_id, paid_credits="25.0")
    )
    (row,) = bought["wallet_transactions"]
    assert (row.transaction_status, row.transaction_type) == ("purchased", "inbound")
    assert balance(client, made, 2500).credits_balance == "25.0"
    settled = transaction(client, made, "settled")
    invoice = client.invoices.find(settled.lago_invoice_id)
    assert (invoice.invoice_type, invoice.payment_status) == ("credit", "succeeded")
    assert recoup.taken(payer) == [2500]


def test_credits_that_are_not_paid_do_not_count(recoup, business, client):
    customer, payer = business.payer("declined_lost_card")
    business.has_method(customer)
    made = wallet(client, customer)
    client.wallet_transactions.create(
        WalletTransaction(wallet_id=made.lago_id, paid_credits="25.0")
    )
    failed = transaction(client, made, "failed")
    assert client.wallets.find(made.lago_id).balance_cents == 0

    url = client.wallet_transactions.payment_url(failed.lago_id)
    assert payers.chooses(url, "ok").status_code in (302, 303)
    recoup.advance(seconds=1)
    balance(client, made, 2500)
    assert recoup.taken(payer) == [2500]


def test_credits_are_granted_and_voided_at_once(business, client):
    customer, _ = business.payer("ok")
    made = wallet(client, customer)
    client.wallet_transactions.create(
        WalletTransaction(wallet_id=made.lago_id, granted_credits="7.5")
    )
    balance(client, made, 750)
    client.wallet_transactions.create(
        WalletTransaction(wallet_id=made.lago_id, voided_credits="2.5")
    )
    balance(client, made, 500)
    with pytest.raises(LagoApiError) as error:
        client.wallet_transactions.create(
            WalletTransaction(wallet_id=made.lago_id, voided_credits="100")
        )
    assert error.value.response["error_details"]["voided_credits"] == ["insufficient_credits"]


def test_a_rule_tops_the_wallet_up_each_month(recoup, business, client):
    customer, payer = business.payer("ok")
    business.has_method(customer)
    rule = RecurringTransactionRule(trigger="interval", interval="monthly", paid_credits="5.0")
    made = wallet(
        client, customer, recurring_transaction_rules=RecurringTransactionRuleList(__root__=[rule])
    )
    assert made.recurring_transaction_rules.__root__[0].interval == "monthly"
    recoup.advance(days=20)
    assert recoup.taken(payer) == []
    recoup.advance(days=12)
    balance(client, made, 500)
    assert recoup.taken(payer) == [500]


def test_a_subscription_is_paid_from_the_wallet_first(recoup, business, client, unique):
    customer, payer = business.payer("ok")
    business.has_method(customer)
    made = wallet(client, customer, granted_credits="20.0")
    balance(client, made, 2000)
    client.plans.create(
        Plan(name="Reader", code=unique, interval="monthly", amount_cents=3000,
             amount_currency="EUR", pay_in_advance=True)
    )
    client.subscriptions.create(
        Subscription(external_customer_id=customer.external_id, plan_code=unique,
                     external_id=unique, billing_time="anniversary")
    )
    of_customer = {"external_customer_id": customer.external_id}
    (invoice,) = until(lambda: client.invoices.find_all(of_customer)["invoices"], "it is billed")
    paid = business.becomes(invoice, "succeeded")
    assert (paid.prepaid_credit_amount_cents, paid.total_amount_cents) == (2000, 1000)
    assert recoup.taken(payer) == [1000]
    assert client.wallets.find(made.lago_id).balance_cents == 0


def test_what_a_wallet_refuses(business, client):
    customer, _ = business.payer("ok")
    for wrong, field in (
        ({"rate_amount": "0"}, "rate_amount"),
        ({"currency": "XXZ"}, "currency"),
        ({"paid_credits": "-1"}, "paid_credits"),
        ({"expiration_at": "2000-01-01T00:00:00Z"}, "expiration_at"),
    ):
        with pytest.raises(LagoApiError) as error:
            wallet(client, customer, **wrong)
        assert error.value.status_code == 422
        assert field in error.value.response["error_details"]
