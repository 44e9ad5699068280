"""Failed charges come again by themselves: at their time, not before it, never after success."""

from datetime import datetime, timedelta


def keys(charges):
    return [charge["idempotency_key"] for charge in charges]


def at(charge):
    return datetime.fromisoformat(charge["created_at"].replace("Z", "+00:00"))


def test_the_scheduler_recovers_what_failed_for_want_of_money(recoup, business):
    customer, payer = business.payer("fails_2_insufficient_funds")
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "failed")
    recoup.advance(hours=23)
    assert len(recoup.ledger(payer)) == 1, "nothing is charged before its time"

    recoup.advance(days=7)
    business.becomes(invoice, "succeeded")
    charges = recoup.ledger(payer)
    assert [charge["status"] for charge in charges] == ["declined", "declined", "succeeded"]
    assert len(set(keys(charges))) == 3, "each attempt has a key of its own"
    for earlier, later in zip(charges, charges[1:]):
        assert at(later) - at(earlier) >= timedelta(hours=24)

    recoup.advance(days=30)
    assert recoup.taken(payer) == [5000], "a paid debt is left alone"


def test_a_lost_card_is_never_tried_again(recoup, business):
    customer, payer = business.payer("declined_lost_card")
    business.has_method(customer)
    business.becomes(business.invoice(customer), "failed")
    recoup.advance(days=40)
    assert len(recoup.ledger(payer)) == 1


def test_an_empty_account_is_left_alone_after_28_days(recoup, business):
    customer, payer = business.payer("declined_insufficient_funds")
    business.has_method(customer)
    business.becomes(business.invoice(customer), "failed")
    recoup.advance(days=60)
    charges = recoup.ledger(payer)
    assert len(charges) == 8, "the first attempt and seven retries"
    assert at(charges[-1]) - at(charges[0]) <= timedelta(days=28)


def test_a_charge_whose_answer_was_lost_is_looked_up_and_not_repeated(recoup, business):
    for behaviour in ("lost", "error500"):
        customer, payer = business.payer(behaviour)
        business.has_method(customer)
        invoice = business.invoice(customer)
        recoup.advance(hours=1)
        business.becomes(invoice, "succeeded")
        recoup.advance(days=30)
        assert recoup.taken(payer) == [5000], behaviour


def test_a_pending_charge_is_settled_by_the_webhook(recoup, business):
    customer, payer = business.payer("pending_3600")
    business.has_method(customer)
    invoice = business.invoice(customer)
    recoup.advance(seconds=60)
    assert business.client.invoices.find(invoice.lago_id).payment_status == "pending"
    recoup.advance(hours=1)
    business.becomes(invoice, "succeeded")
    assert recoup.taken(payer) == [5000]


def test_a_pending_charge_that_fails_later_is_retried(recoup, business):
    customer, payer = business.payer("pending_3600_insufficient_funds")
    business.has_method(customer)
    invoice = business.invoice(customer)
    recoup.advance(hours=2)
    business.becomes(invoice, "failed")
    recoup.advance(days=2)
    assert len(recoup.ledger(payer)) == 2


def test_webhooks_that_come_thrice_or_late_settle_once(recoup, business):
    for behaviour in ("duplicate", "late", "reordered"):
        customer, payer = business.payer(behaviour)
        business.has_method(customer)
        invoice = business.invoice(customer)
        recoup.advance(seconds=5)
        paid = business.becomes(invoice, "succeeded")
        recoup.advance(days=2)
        assert recoup.taken(payer) == [5000], behaviour
        assert paid.total_paid_amount_cents == 5000, behaviour
        assert len(business.payments(invoice)) == 1, behaviour


def test_two_retries_at_once_make_one_charge(recoup, business):
    customer, payer = business.payer("fails_1_insufficient_funds")
    business.has_method(customer)
    invoice = business.becomes(business.invoice(customer), "failed")
    path = f"/api/v1/invoices/{invoice.lago_id}/retry_payment"
    answers = [recoup.api("POST", path).status_code for _ in range(2)]
    assert answers[0] == 200
    assert answers[1] in (200, 405)
    business.becomes(invoice, "succeeded")
    assert recoup.taken(payer) == [5000]
