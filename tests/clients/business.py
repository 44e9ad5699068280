"""A business with the client library that it has: what nearly every story does first."""

import uuid

from lago_python_client.client import Client
from lago_python_client.models.add_on import AddOn
from lago_python_client.models.customer import Customer, CustomerBillingConfiguration
from lago_python_client.models.invoice import InvoiceFee, InvoiceFeesList, OneOffInvoice

from waiting import until


class Business:
    def __init__(self, recoup, provider="sandbox", connection="sandbox"):
        self.recoup = recoup
        self.provider = provider
        self.connection = connection
        self.client = Client(api_key=recoup.key, api_url=f"{recoup.address}/")
        # Some lists of the client send no `Authorization` header; a key in the address is sent
        # with everything.
        with_key = recoup.address.replace("http://", f"http://{recoup.key}:@")
        self.lists = Client(api_key=recoup.key, api_url=f"{with_key}/")
        self._add_on = None

    def add_on(self):
        if self._add_on is None:
            code = f"setup-{uuid.uuid4().hex[:12]}"
            made = self.client.add_ons.create(
                AddOn(name="Set-up", code=code, amount_cents=5000, amount_currency="EUR")
            )
            self._add_on = made.code
        return self._add_on

    def customer(self, **linking):
        """A customer, linked to the connection as `linking` says."""
        external_id = f"cust-{uuid.uuid4().hex[:12]}"
        configuration = CustomerBillingConfiguration(
            payment_provider=self.provider, payment_provider_code=self.connection, **linking
        )
        return self.client.customers.create(
            Customer(
                external_id=external_id,
                name="Aster Books",
                email="billing@aster.example",
                currency="EUR",
                billing_configuration=configuration,
            )
        )

    def payer(self, behaviour):
        """A customer whose card at the pretend provider behaves so, and their id there."""
        provider_customer = f"cus_{behaviour}__{uuid.uuid4().hex[:12]}"
        return self.customer(provider_customer_id=provider_customer), provider_customer

    def invoice(self, customer, amount_cents=None, units=1.0, **more):
        fee = InvoiceFee(add_on_code=self.add_on(), units=units, unit_amount_cents=amount_cents)
        return self.client.invoices.create(
            OneOffInvoice(
                external_customer_id=customer.external_id,
                currency="EUR",
                fees=InvoiceFeesList(__root__=[fee]),
                **more,
            )
        )

    def becomes(self, invoice, payment_status):
        """The invoice, read until it has that payment status."""

        def read():
            found = self.client.invoices.find(invoice.lago_id)
            return found if found.payment_status == payment_status else None

        return until(read, f"invoice {invoice.number} is {payment_status}")

    def payments(self, invoice):
        return self.client.payments.find_all({"invoice_id": invoice.lago_id})["payments"]

    def methods(self, customer):
        found = self.lists.customer_payment_methods.find_all(customer.external_id)
        return found["payment_methods"]

    def has_method(self, customer):
        """The methods of a customer, as soon as there are any."""
        return until(lambda: self.methods(customer), f"{customer.external_id} has a method")
