// Metronome's JavaScript client, unmodified, collecting payments: the last version that has them,
// and the newest by its generic call.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import Metronome from "@metronome/sdk";
import Newest from "metronome-sdk-newest";

import { cutting, listening } from "./cutting.mjs";
import { serve } from "./recoup.mjs";

let recoup;
let metronome;

before(async () => {
  recoup = await serve("--test-clock");
  metronome = new Metronome({ bearerToken: recoup.key, baseURL: recoup.address, maxRetries: 2 });
});
after(() => recoup?.end());

const unique = () => randomUUID().slice(0, 12);

/** A customer whose card behaves so, and an invoice of 49 euros that nobody charges unasked. */
async function debtor(behaviour, server = recoup, client = metronome) {
  const alias = `js-${unique()}`;
  const atProvider = `cus_${behaviour}__${unique()}`;
  const { data: customer } = await client.v1.customers.create({
    name: "Aster Books",
    ingest_aliases: [alias],
    customer_billing_provider_configurations: [
      {
        billing_provider: "stripe",
        delivery_method: "direct_to_billing_provider",
        configuration: {
          stripe_customer_id: atProvider,
          stripe_collection_method: "manually_charge_payment_intent",
        },
      },
    ],
  });
  const code = `setup-${unique()}`;
  const add_on = { name: "Set-up", code, amount_cents: 4900, amount_currency: "EUR" };
  await server.api("POST", "/api/v1/add_ons", { add_on });
  const { invoice } = await server.api("POST", "/api/v1/invoices", {
    invoice: { external_customer_id: alias, currency: "EUR", fees: [{ add_on_code: code }] },
  });
  const names = { customer_id: customer.id, invoice_id: invoice.lago_id };
  return { customer, alias, atProvider, names };
}

async function payments(names) {
  const found = [];
  for await (const payment of metronome.v1.payments.list({ ...names, limit: 1 })) {
    found.push(payment);
  }
  return found;
}

const statuses = async (names) => (await payments(names)).map((payment) => payment.status);

/** The refusal of a call that has to be refused, by its class. */
async function refused(call, kind) {
  let answer;
  try {
    answer = await call;
  } catch (error) {
    assert.ok(error instanceof kind, `${error}`);
    return error;
  }
  assert.fail(`it was not refused: ${JSON.stringify(answer)}`);
}

test("an invoice is attempted, paid and listed", async () => {
  const { names, atProvider, customer } = await debtor("ok");
  const { data: paid } = await metronome.v1.payments.attempt(names);
  assert.equal(paid.status, "paid");
  assert.equal(paid.amount_paid, 49);
  assert.equal(paid.fiat_credit_type.name, "EUR");
  assert.deepEqual(await recoup.taken(atProvider), [4900]);
  assert.deepEqual(await statuses(names), ["paid"]);
  const { data: invoice } = await metronome.v1.customers.invoices.retrieve(names);
  assert.equal(invoice.external_invoice.external_status, "PAID");
  assert.equal(invoice.total, 49);
  const listed = [];
  for await (const one of metronome.v1.customers.invoices.list({ customer_id: customer.id })) {
    listed.push(one.id);
  }
  assert.deepEqual(listed, [names.invoice_id]);
  const error = await refused(metronome.v1.payments.attempt(names), Metronome.BadRequestError);
  assert.equal(error.error.code, "invoice_already_paid");
  assert.equal(error.message, "400 the invoice is paid");
});

test("an answer that is lost on its way leads to one charge", async () => {
  const { names, atProvider } = await debtor("ok");
  const path = "/v1/payments/attempt";
  const proxy = await cutting(recoup.address, [path, path]);
  try {
    const client = new Metronome({ bearerToken: recoup.key, baseURL: proxy.address });
    const { data: paid } = await client.v1.payments.attempt(names);
    assert.equal(paid.status, "paid");
    assert.deepEqual(proxy.seen.map((it) => it.again), ["0", "1", "2"]);
    assert.equal((await recoup.ledger(atProvider)).length, 1);
    assert.deepEqual((await payments(names)).map((it) => it.id), [paid.id]);
  } finally {
    await proxy.end();
  }
});

test("a lost answer to a charge that is pending cancels nothing", async () => {
  const { names, atProvider } = await debtor("pending_3600");
  const proxy = await cutting(recoup.address, ["/v1/payments/attempt"]);
  try {
    const client = new Metronome({ bearerToken: recoup.key, baseURL: proxy.address });
    const { data: pending } = await client.v1.payments.attempt(names);
    assert.equal(pending.status, "pending");
    assert.deepEqual(await statuses(names), ["pending"]);
    await recoup.advance(2 * 86_400);
    assert.deepEqual(await statuses(names), ["paid"]);
    assert.equal((await recoup.ledger(atProvider)).length, 1);
  } finally {
    await proxy.end();
  }
});

test("a decline is told, and the next attempt on another card pays", async () => {
  const { names, customer } = await debtor("declined_insufficient_funds");
  const { data: declined } = await metronome.v1.payments.attempt(names);
  assert.equal(declined.status, "requires_intervention");
  assert.equal(declined.payment_gateway.stripe.error.decline_code, "insufficient_funds");
  const better = `cus_ok__${unique()}`;
  await metronome.v1.customers.billingConfig.create({
    customer_id: customer.id,
    billing_provider_type: "stripe",
    billing_provider_customer_id: better,
  });
  const { data: paid } = await metronome.v1.payments.attempt(names);
  assert.equal(paid.status, "paid");
  assert.deepEqual(await statuses(names), ["paid", "canceled"]);
  assert.deepEqual(await recoup.taken(better), [4900]);
});

test("a payment is cancelled, and attempted again", async () => {
  const { names, atProvider } = await debtor("pending_3600");
  const { data: first } = await metronome.v1.payments.attempt(names);
  const { data: cancelled } = await metronome.v1.payments.cancel(names);
  assert.deepEqual([cancelled.id, cancelled.status], [first.id, "canceled"]);
  await refused(metronome.v1.payments.cancel(names), Metronome.BadRequestError);
  const { data: second } = await metronome.v1.payments.attempt(names);
  assert.notEqual(second.id, first.id);
  await recoup.advance(2 * 86_400);
  assert.deepEqual(await statuses(names), ["paid", "canceled"]);
  assert.deepEqual(await recoup.taken(atProvider), [4900]);
});

test("a key of the caller's is answered once", async () => {
  const { names } = await debtor("pending_3600");
  const headers = { "Idempotency-Key": unique() };
  const { data: first } = await metronome.v1.payments.attempt(names, { headers });
  const { data: again } = await metronome.v1.payments.attempt(names, { headers });
  assert.deepEqual(again, first);
  const other = { ...names, customer_id: randomUUID() };
  await refused(metronome.v1.payments.attempt(other, { headers }), Metronome.ConflictError);
});

test("invoices and customers that cannot be charged are refused", async () => {
  const { names, customer } = await debtor("ok");
  await metronome.v1.invoices.void({ id: names.invoice_id });
  const voided = await refused(metronome.v1.payments.attempt(names), Metronome.BadRequestError);
  assert.equal(voided.error.code, "invoice_voided");
  const stranger = { ...names, customer_id: randomUUID() };
  await refused(metronome.v1.payments.attempt(stranger), Metronome.NotFoundError);
  await metronome.v1.customers.archive({ id: customer.id });
  const archived = await refused(metronome.v1.payments.attempt(names), Metronome.BadRequestError);
  assert.equal(archived.error.code, "customer_archived");
  const nobody = new Metronome({ bearerToken: "nobody", baseURL: recoup.address });
  await refused(nobody.v1.payments.attempt(names), Metronome.AuthenticationError);
});

test("customers are made, renamed, listed and charged as configured", async () => {
  const alias = `js-${unique()}`;
  const { data: made } = await metronome.v1.customers.create({
    name: "Ada",
    ingest_aliases: [alias],
    custom_fields: { segment: "books" },
  });
  const customer_id = made.id;
  const taken = { name: "Bob", ingest_aliases: [alias] };
  await refused(metronome.v1.customers.create(taken), Metronome.ConflictError);
  assert.equal((await metronome.v1.customers.setName({ customer_id, name: "Zoe" })).data.name, "Zoe");
  await metronome.v1.customers.setIngestAliases({ customer_id, ingest_aliases: [alias, `${alias}-2`] });
  const found = [];
  for await (const one of metronome.v1.customers.list({ ingest_alias: `${alias}-2`, limit: 1 })) {
    found.push([one.id, one.external_id, one.name]);
  }
  assert.deepEqual(found, [[customer_id, alias, "Zoe"]]);
  const { data: set } = await metronome.v1.customers.setBillingConfigurations({
    data: [
      {
        customer_id,
        billing_provider: "stripe",
        delivery_method: "direct_to_billing_provider",
        configuration: { stripe_customer_id: `cus_ok__${unique()}` },
      },
    ],
  });
  const { data: all } = await metronome.v1.customers.retrieveBillingConfigurations({ customer_id });
  assert.deepEqual(all.map((one) => one.id), set.map((one) => one.id));
  const { data: older } = await metronome.v1.customers.billingConfig.retrieve({
    customer_id,
    billing_provider_type: "stripe",
  });
  assert.equal(older.stripe_collection_method, "charge_automatically");
  await metronome.v1.customers.billingConfig.delete({ customer_id, billing_provider_type: "stripe" });
  const units = [];
  for await (const unit of metronome.v1.pricingUnits.list({ limit: 40 })) units.push(unit.name);
  assert.equal(units[0], "USD (cents)");
});

test("notifications pass the check of the client, fresh at every try", async () => {
  // Receivers compare with real time, so the clock of this server goes by itself.
  const live = await serve();
  const receiver = await listening();
  try {
    const secret = unique();
    const made = await live.api("POST", "/recoup/v1/notification_endpoints", {
      url: receiver.url,
      secret,
    });
    const { id } = made.notification_endpoint;
    await live.api("POST", `/recoup/v1/notification_endpoints/${id}/test`);
    const own = new Metronome({ bearerToken: live.key, baseURL: live.address });
    const { names } = await debtor("declined_insufficient_funds", live, own);
    await own.v1.payments.attempt(names);
    const deadline = Date.now() + 30_000;
    while (receiver.heard.length < 3) {
      assert.ok(Date.now() < deadline, "too few notifications came");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const kinds = [];
    for (const { headers, body } of receiver.heard) {
      for (const Client of [Metronome, Newest]) {
        const client = new Client({ bearerToken: "none" });
        kinds.push(client.webhooks.unwrap(body, headers, secret).type);
        assert.throws(() => client.webhooks.unwrap(`${body} `, headers, secret));
        assert.throws(() => client.webhooks.unwrap(body, headers, "another secret"));
      }
    }
    const told = ["invoice.finalized", "payment_gate.payment_status", "webhooks.test"];
    assert.deepEqual([...new Set(kinds)].sort(), told);
  } finally {
    await receiver.end();
    await live.end();
  }
});

test("the newest version reaches payments by its generic call", async () => {
  const { names, customer } = await debtor("ok");
  const newest = new Newest({ bearerToken: recoup.key, baseURL: recoup.address });
  const { data: paid } = await newest.post("/v1/payments/attempt", { body: names });
  assert.equal(paid.status, "paid");
  const page = await newest.post("/v1/payments/list", { body: names });
  assert.deepEqual(page.data.map((one) => one.id), [paid.id]);
  const cancelled = newest.post("/v1/payments/cancel", { body: names });
  const error = await refused(cancelled, Newest.BadRequestError);
  assert.equal(error.error.code, "no_live_payment");
  const { data: shown } = await newest.v1.customers.retrieve({ customer_id: customer.id });
  assert.equal(shown.id, customer.id);
  const { data: invoice } = await newest.v1.customers.invoices.retrieve(names);
  assert.equal(invoice.external_invoice.external_status, "PAID");
});
