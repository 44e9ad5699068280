"""Without recoup, with a stand-in for the host: `http.send` is replaced. The bindings are made by
`componentize-py -d wit -w plugin bindings bind`."""

import json
import sys
import unittest
from types import SimpleNamespace

sys.path.insert(0, "bind")

import app  # noqa: E402


class Charges(unittest.TestCase):
    def outcome_when(self, provider):
        app.http.send = provider
        request = SimpleNamespace(
            idempotency_key="key-1",
            reference="att-1",
            amount=SimpleNamespace(minor_units=1050, currency="EUR"),
            customer_id="cus_ok",
            method_id="pm_ok",
        )
        return app.Charging().charge([("secret_key", "sk_sandbox_1")], request).outcome

    def answer(self, status, body):
        return lambda request: app.http.Response(status, [], json.dumps(body).encode())

    def test_a_refusal_is_a_decline_with_its_class(self):
        why = {"code": "insufficient_funds", "message": "too little money"}
        charge = {"id": "ch_1", "status": "declined", "decline": why}
        outcome = self.outcome_when(self.answer(402, {"charge": charge}))
        self.assertEqual(outcome.value.retry, app.RetryClass.SOFT)

    def test_what_may_have_taken_money_is_never_a_decline(self):
        def cut(request):
            raise app.Err(app.http.Error_MaybeSent("the connection broke"))

        self.assertIsInstance(self.outcome_when(cut), app.Outcome_Unknown)
        self.assertIsInstance(self.outcome_when(self.answer(500, {})), app.Outcome_Unknown)


if __name__ == "__main__":
    unittest.main()
