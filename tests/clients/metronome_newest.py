"""Told by the newest Metronome client, which has no payments any more, in an environment of its
own: its typed calls, and payments by its generic one. Prints what it saw as JSON."""

import json
import sys

from metronome import BadRequestError, Metronome

address, key, customer_id, invoice_id = sys.argv[1:]
client = Metronome(bearer_token=key, base_url=address, _strict_response_validation=True)
names = {"customer_id": customer_id, "invoice_id": invoice_id}
attempted = client.post("/v1/payments/attempt", body=names, cast_to=object)
try:
    client.post("/v1/payments/cancel", body=names, cast_to=object)
except BadRequestError as error:
    refused = error.body["code"]
listed = client.post("/v1/payments/list", body=names, cast_to=object)
invoice = client.v1.customers.invoices.retrieve(**names).data
configurations = client.v1.customers.retrieve_billing_configurations(customer_id=customer_id)
print(
    json.dumps(
        {
            "attempted": attempted["data"],
            "refused": refused,
            "listed": [one["id"] for one in listed["data"]],
            "has_payments": hasattr(client.v1, "payments"),
            "name": client.v1.customers.retrieve(customer_id=customer_id).data.name,
            "external_status": invoice.external_invoice.external_status,
            "configurations": len(configurations.data),
        }
    )
)
