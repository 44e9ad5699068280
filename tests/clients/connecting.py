"""Connections to the stand-ins of Adyen and GoCardless, and what recoup says of the collecting."""

from adyen_peer import ACCOUNT, API_KEY
from business import Business
from gocardless_peer import TOKEN
from waiting import until


def connect(recoup, provider, **settings):
    """A connection called as its provider; answers a business that uses it."""
    given = [word for pair in settings.items() for word in ("--set", "=".join(pair))]
    recoup.run("connection", "add", "--provider", provider, "--code", provider, *given)
    return Business(recoup, provider=provider, connection=provider)


def connect_gocardless(recoup, peer, **settings):
    peer.hook = f"{recoup.address}/webhooks/gocardless/gocardless"
    return connect(
        recoup, "gocardless", access_token=TOKEN, webhook_secret=peer.secret,
        base_url=peer.address, **settings,
    )


def connect_adyen(recoup, peer, **settings):
    peer.hook = f"{recoup.address}/webhooks/adyen/adyen"
    return connect(
        recoup, "adyen", api_key=API_KEY, merchant_account=ACCOUNT, hmac_key=peer.hmac_key,
        base_url=peer.address, **settings,
    )


class Books:
    """What recoup says through its own API."""

    def __init__(self, recoup):
        self.recoup = recoup

    def _get(self, path):
        answer = self.recoup.api("GET", f"/recoup/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def recovery(self, customer):
        """The only recovery of a customer, with its attempts."""
        (found,) = self._get(f"/recoveries?external_customer_id={customer.external_id}")["recoveries"]
        return self._get(f"/recoveries/{found['id']}")["recovery"]

    def last_attempt(self, customer, state=None):
        """Their last attempt, as soon as it is in that state, or else as it was answered."""

        def read():
            found = self._get(f"/recoveries?external_customer_id={customer.external_id}")
            attempts = self.recovery(customer)["attempts"] if found["recoveries"] else []
            if not attempts:
                return None
            found = attempts[-1]["state"]
            fits = found != "charging" if state is None else found == state
            return attempts[-1] if fits else None

        return until(read, f"the last attempt of {customer.external_id} is {state}")

    def gives_back(self, payment, **request):
        path = f"/recoup/v1/payments/{payment.lago_id}/refund"
        answer = self.recoup.api("POST", path, json=request)
        assert answer.status_code == 200, answer.text
        return answer.json()["refund"]

    def refund_is(self, refund, state):
        def read():
            found = self._get(f"/refunds/{refund['id']}")["refund"]
            return found if found["state"] == state else None

        return until(read, f"the refund is {state}")
