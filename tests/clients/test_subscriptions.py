"""Plans and subscriptions: billed by themselves, each period once, and collected like any debt."""

import pytest
from lago_python_client.exceptions import LagoApiError
from lago_python_client.models.customer import Customer, CustomerBillingConfiguration
from lago_python_client.models.payment_method import PaymentMethod
from lago_python_client.models.plan import Plan
from lago_python_client.models.subscription import Subscription

from waiting import until


@pytest.fixture
def plan(client, unique):
    """A plan of 30 euros a month, paid in advance unless told otherwise."""

    def make(amount_cents=3000, pay_in_advance=True, interval="monthly", **more):
        code = f"plan-{unique}-{amount_cents}-{pay_in_advance}"
        return client.plans.create(
            Plan(
                name="Reader", code=code, interval=interval, amount_cents=amount_cents,
                amount_currency="EUR", pay_in_advance=pay_in_advance, **more,
            )
        )

    return make


def subscribe(client, customer, plan, external_id, **more):
    wanted = Subscription(
        external_customer_id=customer.external_id, plan_code=plan.code, external_id=external_id,
        billing_time="anniversary", **more,
    )
    return client.subscriptions.create(wanted)


def invoices_of(client, customer):
    found = client.invoices.find_all({"external_customer_id": customer.external_id})
    return found["invoices"]


def test_plans_are_kept(client, plan, unique):
    made = plan()
    assert (made.amount_cents, made.interval, made.pay_in_advance) == (3000, "monthly", True)
    assert client.plans.find(made.code).lago_id == made.lago_id
    assert made.code in [it.code for it in client.plans.find_all()["plans"]]
    changed = client.plans.update(Plan(name="Reader+", amount_cents=3500), made.code)
    assert (changed.name, changed.amount_cents) == ("Reader+", 3500)
    assert client.plans.destroy(made.code).code == made.code
    with pytest.raises(LagoApiError) as error:
        client.plans.find(made.code)
    assert (error.value.status_code, error.value.response["code"]) == (404, "plan_not_found")
    with pytest.raises(LagoApiError) as error:
        client.plans.create(Plan(name="x", code=f"x-{unique}", interval="daily", amount_cents=1,
                                 amount_currency="EUR", pay_in_advance=True))
    assert error.value.response["error_details"]["interval"] == ["value_is_invalid"]


def test_a_month_is_billed_in_advance_and_charged_once(recoup, business, client, plan, unique):
    customer, payer = business.payer("ok")
    business.has_method(customer)
    made = subscribe(client, customer, plan(), unique)
    assert (made.status, made.billing_time) == ("active", "anniversary")
    (first,) = until(lambda: invoices_of(client, customer), "the first month is billed")
    paid = business.becomes(first, "succeeded")
    assert (paid.invoice_type, paid.total_amount_cents) == ("subscription", 3000)
    period = paid.billing_periods.__root__[0]
    assert period.external_subscription_id == unique
    (fee,) = paid.fees.__root__
    assert (fee.item.type, fee.external_subscription_id) == ("subscription", unique)

    recoup.advance(days=20)
    assert len(invoices_of(client, customer)) == 1
    recoup.advance(days=12)
    assert len(invoices_of(client, customer)) == 2
    recoup.run("job", "run", "bill-subscriptions")
    recoup.advance(hours=5)
    assert len(invoices_of(client, customer)) == 2, "a month is billed once, however often it is run"
    assert recoup.taken(payer) == [3000, 3000]


def test_subscriptions_are_found_and_changed(business, client, plan, unique):
    customer, _ = business.payer("ok")
    reader = plan()
    made = subscribe(client, customer, reader, unique, name="Books")
    assert client.subscriptions.find(unique).lago_id == made.lago_id
    of_customer = {"external_customer_id": customer.external_id}
    (found,) = client.subscriptions.find_all(of_customer)["subscriptions"]
    assert found.external_id == unique
    lists = business.lists.customer_subscriptions.find_all(customer.external_id)
    assert [it.external_id for it in lists["subscriptions"]] == [unique]
    changed = client.subscriptions.update(Subscription(name="Papers"), unique)
    assert changed.name == "Papers"
    again = subscribe(client, customer, reader, unique)
    assert again.lago_id == made.lago_id, "the same again is the same subscription"
    ended = client.subscriptions.destroy(unique)
    assert ended.status == "terminated"
    with pytest.raises(LagoApiError) as error:
        client.subscriptions.find(unique)
    assert error.value.response["code"] == "subscription_not_found"


def test_what_is_paid_in_arrears_is_billed_when_it_ends(business, client, plan, recoup, unique):
    customer, payer = business.payer("ok")
    business.has_method(customer)
    subscribe(client, customer, plan(pay_in_advance=False), unique)
    assert invoices_of(client, customer) == []
    recoup.advance(days=3)
    client.subscriptions.destroy(unique)
    (last,) = until(lambda: invoices_of(client, customer), "the rest is billed")
    assert 0 < last.total_amount_cents < 3000
    business.becomes(last, "succeeded")
    assert recoup.taken(payer) == [last.total_amount_cents]


def test_a_better_plan_counts_at_once(business, client, plan, recoup, unique):
    customer, _ = business.payer("ok")
    business.has_method(customer)
    basic = plan(1000)
    before = subscribe(client, customer, basic, unique)
    recoup.advance(days=10)
    after = subscribe(client, customer, plan(9000), unique)
    assert after.lago_id != before.lago_id
    assert (after.status, after.previous_plan_code) == ("active", basic.code)
    assert client.subscriptions.find(unique).plan_code == after.plan_code


def test_a_cheaper_plan_waits_for_the_end_of_the_period(business, client, plan, recoup, unique):
    customer, _ = business.payer("ok")
    business.has_method(customer)
    better, cheaper = plan(9000), plan(1000)
    subscribe(client, customer, better, unique)
    subscribe(client, customer, cheaper, unique)
    now = client.subscriptions.find(unique)
    assert (now.plan_code, now.next_plan_code) == (better.code, cheaper.code)
    recoup.advance(days=32)
    assert client.subscriptions.find(unique).plan_code == cheaper.code


def test_a_draft_is_refreshed_finalized_and_charged(business, client, plan, recoup, unique):
    external_id = f"patient-{unique}"
    customer = client.customers.create(
        Customer(
            external_id=external_id, currency="EUR",
            billing_configuration=CustomerBillingConfiguration(
                invoice_grace_period=3, payment_provider="sandbox",
                payment_provider_code="sandbox", provider_customer_id=f"cus_ok__{unique}",
            ),
        )
    )
    business.has_method(customer)
    subscribe(client, customer, plan(), unique)
    (draft,) = until(lambda: invoices_of(client, customer), "there is a draft")
    assert draft.status == "draft"
    assert client.invoices.refresh(draft.lago_id).status == "draft"
    assert recoup.taken(f"cus_ok__{unique}") == []
    final = client.invoices.finalize(draft.lago_id)
    assert final.status == "finalized"
    business.becomes(final, "succeeded")
    assert recoup.taken(f"cus_ok__{unique}") == [3000]


def test_a_draft_is_finalized_by_itself(business, client, plan, recoup, unique):
    external_id = f"patient-{unique}"
    customer = client.customers.create(
        Customer(
            external_id=external_id, currency="EUR",
            billing_configuration=CustomerBillingConfiguration(
                invoice_grace_period=3, payment_provider="sandbox",
                payment_provider_code="sandbox", provider_customer_id=f"cus_ok__{unique}",
            ),
        )
    )
    business.has_method(customer)
    subscribe(client, customer, plan(), unique)
    until(lambda: invoices_of(client, customer), "there is a draft")
    recoup.advance(days=4)
    (final,) = invoices_of(client, customer)
    assert final.status == "finalized"
    business.becomes(final, "succeeded")


def test_a_draft_can_be_deleted(business, client, plan, unique):
    customer = client.customers.create(
        Customer(
            external_id=f"patient-{unique}", currency="EUR",
            billing_configuration=CustomerBillingConfiguration(invoice_grace_period=3),
        )
    )
    subscribe(client, customer, plan(), unique)
    (draft,) = until(lambda: invoices_of(client, customer), "there is a draft")
    client.invoices.destroy(draft.lago_id)
    assert invoices_of(client, customer) == []


def test_what_is_to_be_paid_by_hand_is_not_charged(business, client, plan, recoup, unique):
    customer, payer = business.payer("ok")
    business.has_method(customer)
    by_hand = PaymentMethod(payment_method_type="manual")
    made = subscribe(client, customer, plan(), unique, payment_method=by_hand)
    assert made.payment_method.payment_method_type == "manual"
    until(lambda: invoices_of(client, customer), "the first month is billed")
    recoup.advance(days=2)
    assert recoup.taken(payer) == []


def test_a_declined_month_is_recovered_by_the_scheduler(business, client, plan, recoup, unique):
    customer, payer = business.payer("fails_1_insufficient_funds")
    business.has_method(customer)
    subscribe(client, customer, plan(), unique)
    (first,) = until(lambda: invoices_of(client, customer), "the first month is billed")
    business.becomes(first, "failed")
    recoup.advance(days=5)
    business.becomes(first, "succeeded")
    assert recoup.taken(payer) == [3000]
