// Lago's JavaScript client, unmodified: each of its calls that reaches us, told as stories.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import { Client, getLagoError } from "lago-javascript-client";

import { serve } from "./recoup.mjs";

let recoup;
let lago;

before(async () => {
  recoup = await serve("--test-clock");
  lago = Client(recoup.key, { baseUrl: `${recoup.address}/api/v1` });
});
after(() => recoup?.end());

const unique = () => randomUUID().slice(0, 12);

/** What `probe` answers, as soon as it is not null. */
async function until(probe, what) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    assert.ok(Date.now() < deadline, `waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The status and body of a call that has to be refused. */
async function refused(call) {
  let answer;
  try {
    answer = await call;
  } catch (error) {
    return getLagoError(error);
  }
  assert.fail(`it was not refused: ${answer.status}`);
}

/** A customer whose card at the pretend provider behaves so. */
async function payer(behaviour) {
  const external = `js-${unique()}`;
  const atProvider = `cus_${behaviour}__${unique()}`;
  const { data } = await lago.customers.createCustomer({
    customer: {
      external_id: external,
      name: "Aster Books",
      currency: "EUR",
      billing_configuration: {
        payment_provider: "sandbox",
        payment_provider_code: "sandbox",
        provider_customer_id: atProvider,
      },
    },
  });
  assert.equal(data.customer.external_id, external);
  await until(async () => (await methods(external)).length > 0, "the customer has a method");
  return { external, atProvider };
}

async function methods(external) {
  const { data } = await lago.customers.findAllCustomersPaymentMethods(external);
  return data.payment_methods;
}

async function addOn() {
  const code = `setup-${unique()}`;
  await lago.addOns.createAddOn({
    add_on: { name: "Set-up", code, amount_cents: 5000, amount_currency: "EUR" },
  });
  return code;
}

async function invoice(external, more = {}) {
  const { data } = await lago.invoices.createInvoice({
    invoice: {
      external_customer_id: external,
      currency: "EUR",
      fees: [{ add_on_code: await addOn(), units: 1 }],
      ...more,
    },
  });
  return data.invoice;
}

async function becomes(id, status) {
  return until(async () => {
    const { data } = await lago.invoices.findInvoice(id);
    return data.invoice.payment_status === status ? data.invoice : null;
  }, `the invoice is ${status}`);
}

const byHand = { payment_method: { payment_method_type: "manual" } };

test("an invoice is charged, found and listed", async () => {
  const { external, atProvider } = await payer("ok");
  const made = await invoice(external);
  const paid = await becomes(made.lago_id, "succeeded");
  assert.equal(paid.total_paid_amount_cents, 5000);
  assert.deepEqual(await recoup.taken(atProvider), [5000]);
  const all = await lago.invoices.findAllInvoices({
    external_customer_id: external,
    "status[]": ["finalized"],
    page: 1,
    per_page: 5,
  });
  assert.equal(all.data.meta.total_count, 1);
  const own = await lago.customers.findAllCustomerInvoices(external);
  assert.equal(own.data.invoices[0].lago_id, made.lago_id);
  const payments = await lago.payments.findAllPayments({ invoice_id: made.lago_id });
  const [payment] = payments.data.payments;
  assert.equal((await lago.payments.findPayment(payment.lago_id)).data.payment.amount_cents, 5000);
  const nested = await lago.customers.findAllCustomerPayments(external);
  assert.equal(nested.data.payments.length, 1);
  const receipts = await lago.paymentReceipts.findAllPaymentReceipts({ invoice_id: made.lago_id });
  const [receipt] = receipts.data.payment_receipts;
  const one = await lago.paymentReceipts.findPaymentReceipt(receipt.lago_id);
  assert.equal(one.data.payment_receipt.payment.lago_id, payment.lago_id);
  const fees = await lago.fees.findAllFees({ external_customer_id: external });
  const fee = await lago.fees.findFee(fees.data.fees[0].lago_id);
  assert.equal(fee.data.fee.amount_cents, 5000);
});

test("a declined invoice is retried, paid by hand, noted on, disputed and voided", async () => {
  const { external } = await payer("declined_insufficient_funds");
  const made = await invoice(external);
  await becomes(made.lago_id, "failed");
  const retried = await lago.invoices.retryPayment(made.lago_id);
  assert.equal(retried.status, 200);
  await until(async () => {
    const { data } = await lago.payments.findAllPayments({ invoice_id: made.lago_id });
    return data.payments.filter((it) => it.payment_status === "failed").length === 2;
  }, "it was tried again");
  const noted = await lago.invoices.updateInvoice(made.lago_id, {
    invoice: { metadata: [{ key: "po", value: "17" }] },
  });
  assert.equal(noted.data.invoice.metadata[0].value, "17");
  await lago.payments.createPayment({
    payment: { invoice_id: made.lago_id, amount_cents: 5000, reference: "wire" },
  });
  await becomes(made.lago_id, "succeeded");
  const lost = await lago.invoices.loseDisputeInvoice(made.lago_id);
  assert.ok(lost.data.invoice.payment_dispute_lost_at);
  const voided = await lago.invoices.voidInvoice(made.lago_id);
  assert.equal(voided.data.invoice.status, "voided");
  const error = await refused(lago.invoices.retryPayment(made.lago_id));
  assert.deepEqual([error.status, error.code], [405, "invalid_status"]);
  const again = await refused(lago.invoices.retryInvoice(made.lago_id));
  assert.deepEqual([again.status, again.code], [405, "invalid_status"]);
  const printed = await refused(lago.invoices.downloadInvoice(made.lago_id));
  assert.deepEqual([printed.status, printed.code], [404, "resource_not_found"]);
});

test("payers get pages", async () => {
  const { external } = await payer("declined_insufficient_funds");
  const made = await invoice(external);
  await becomes(made.lago_id, "failed");
  const { data } = await lago.invoices.invoicePaymentUrl(made.lago_id);
  assert.equal(data.invoice_payment_details.lago_invoice_id, made.lago_id);
  assert.equal((await fetch(data.invoice_payment_details.payment_url)).status, 200);
  const checkout = await lago.customers.generateCustomerCheckoutUrl(external);
  assert.match(checkout.data.customer.checkout_url, /^http/);
  const portal = await lago.customers.getCustomerPortalUrl(external);
  assert.equal((await fetch(portal.data.customer.portal_url)).status, 200);
});

test("methods are chosen and discarded", async () => {
  const { external } = await payer("ok");
  const [method] = await methods(external);
  const chosen = await lago.customers.paymentMethodSetAsDefault(method.lago_id, external);
  assert.equal(chosen.data.payment_method.is_default, true);
  await lago.customers.destroyPaymentMethod(method.lago_id, external);
  assert.deepEqual(await methods(external), []);
});

test("customers are listed and deleted", async () => {
  const { external } = await payer("ok");
  const found = await lago.customers.findCustomer(external);
  assert.equal(found.data.customer.name, "Aster Books");
  const all = await lago.customers.findAllCustomers({ search_term: external });
  assert.equal(all.data.customers.length, 1);
  await lago.customers.destroyCustomer(external);
  const error = await refused(lago.customers.findCustomer(external));
  assert.deepEqual([error.status, error.code], [404, "customer_not_found"]);
});

test("a subscription is billed, changed and ended", async () => {
  const { external, atProvider } = await payer("ok");
  const code = unique();
  await lago.plans.createPlan({
    plan: {
      name: "Reader", code, interval: "monthly", amount_cents: 3000, amount_currency: "EUR",
      pay_in_advance: true,
    },
  });
  assert.equal((await lago.plans.findPlan(code)).data.plan.amount_cents, 3000);
  assert.ok((await lago.plans.findAllPlans()).data.plans.length > 0);
  await lago.plans.updatePlan(code, { plan: { name: "Reader+" } });
  const made = await lago.subscriptions.createSubscription({
    subscription: {
      external_customer_id: external, plan_code: code, external_id: code,
      billing_time: "anniversary",
    },
  });
  assert.equal(made.data.subscription.status, "active");
  const billed = await until(async () => {
    const { data } = await lago.invoices.findAllInvoices({ external_customer_id: external });
    return data.invoices[0];
  }, "it is billed");
  const paid = await becomes(billed.lago_id, "succeeded");
  assert.equal(paid.subscriptions[0].external_id, code);
  assert.deepEqual(await recoup.taken(atProvider), [3000]);
  assert.equal((await lago.subscriptions.findSubscription(code)).data.subscription.plan_code, code);
  const all = await lago.subscriptions.findAllSubscriptions({ external_customer_id: external });
  assert.equal(all.data.subscriptions.length, 1);
  const nested = await lago.customers.findAllCustomerSubscriptions(external);
  assert.equal(nested.data.subscriptions.length, 1);
  const changed = await lago.subscriptions.updateSubscription(code, { subscription: { name: "x" } });
  assert.equal(changed.data.subscription.name, "x");
  const ended = await lago.subscriptions.destroySubscription(code);
  assert.equal(ended.data.subscription.status, "terminated");
  await lago.plans.destroyPlan(code);
});

test("a draft is refreshed, finalized, or deleted", async () => {
  const external = `js-${unique()}`;
  await lago.customers.createCustomer({
    customer: {
      external_id: external, currency: "EUR", billing_configuration: { invoice_grace_period: 3 },
    },
  });
  const code = unique();
  await lago.plans.createPlan({
    plan: {
      name: "Reader", code, interval: "weekly", amount_cents: 700, amount_currency: "EUR",
      pay_in_advance: true,
    },
  });
  for (const external_id of [`${code}-1`, `${code}-2`]) {
    await lago.subscriptions.createSubscription({
      subscription: { external_customer_id: external, plan_code: code, external_id },
    });
  }
  const drafts = await until(async () => {
    const { data } = await lago.invoices.findAllInvoices({ external_customer_id: external });
    return data.invoices.length === 2 ? data.invoices : null;
  }, "there are drafts");
  const refreshed = await lago.invoices.refreshInvoice(drafts[0].lago_id);
  assert.equal(refreshed.data.invoice.status, "draft");
  const final = await lago.invoices.finalizeInvoice(drafts[0].lago_id);
  assert.equal(final.data.invoice.status, "finalized");
  await lago.invoices.deleteInvoice(drafts[1].lago_id);
  const error = await refused(lago.invoices.findInvoice(drafts[1].lago_id));
  assert.equal(error.code, "invoice_not_found");
});

test("a wallet is filled, spent from and ended", async () => {
  const { external, atProvider } = await payer("ok");
  const made = await lago.wallets.createWallet({
    wallet: { external_customer_id: external, rate_amount: "1.0", name: "Mine", currency: "EUR" },
  });
  const id = made.data.wallet.lago_id;
  const bought = await lago.walletTransactions.createWalletTransaction({
    wallet_transaction: { wallet_id: id, paid_credits: "12.0", granted_credits: "3.0" },
  });
  assert.equal(bought.data.wallet_transactions.length, 2);
  await until(async () => {
    const { data } = await lago.wallets.findWallet(id);
    return data.wallet.balance_cents === 1500;
  }, "the credits count");
  assert.deepEqual(await recoup.taken(atProvider), [1200]);
  const rows = await lago.wallets.findAllWalletTransactions(id);
  assert.equal(rows.data.wallet_transactions.length, 2);
  const row = bought.data.wallet_transactions[0].lago_id;
  const one = await lago.walletTransactions.findWalletTransaction(row);
  assert.equal(one.data.wallet_transaction.status, "settled");
  const error = await refused(lago.walletTransactions.walletTransactionPaymentUrl(row));
  assert.deepEqual(error.error_details, { base: ["wallet_transaction_already_settled"] });
  const all = await lago.wallets.findAllWallets({ external_customer_id: external });
  assert.equal(all.data.wallets.length, 1);
  await lago.wallets.updateWallet(id, { wallet: { name: "Ours" } });
  assert.equal((await lago.wallets.destroyWallet(id)).data.wallet.status, "terminated");
});

test("wallets of a customer are named by their code", async () => {
  const { external } = await payer("ok");
  await lago.customers.createCustomerWallet(external, {
    wallet: { rate_amount: "1.0", name: "Mine", currency: "EUR" },
  });
  assert.equal((await lago.customers.findAllCustomerWallets(external)).data.wallets.length, 1);
  assert.equal((await lago.customers.findCustomerWallet(external, "mine")).data.wallet.code, "mine");
  await lago.customers.updateCustomerWallet(external, "mine", { wallet: { name: "Ours" } });
  const ended = await lago.customers.destroyCustomerWallet(external, "mine");
  assert.equal(ended.data.wallet.status, "terminated");
});

test("overdue invoices are asked for together", async () => {
  const { external, atProvider } = await payer("ok");
  const invoices = [await invoice(external, byHand), await invoice(external, byHand)];
  await recoup.advance(2 * 86_400);
  const made = await lago.paymentRequests.createPaymentRequest({
    payment_request: {
      email: "owner@aster.example",
      external_customer_id: external,
      lago_invoice_ids: invoices.map((it) => it.lago_id),
    },
  });
  const id = made.data.payment_request.lago_id;
  await until(async () => {
    const { data } = await lago.paymentRequests.findPaymentRequest(id);
    return data.payment_request.payment_status === "succeeded";
  }, "it is paid");
  assert.deepEqual(await recoup.taken(atProvider), [10_000]);
  const all = await lago.paymentRequests.findAllPaymentRequests({ external_customer_id: external });
  assert.equal(all.data.payment_requests.length, 1);
  const nested = await lago.customers.findAllCustomerPaymentRequests(external);
  assert.equal(nested.data.payment_requests.length, 1);
});

test("the catalog is kept", async () => {
  const code = unique();
  await lago.taxes.createTax({ tax: { name: "VAT", code, rate: "20.0" } });
  assert.equal((await lago.taxes.findTax(code)).data.tax.rate, 20);
  assert.ok((await lago.taxes.findAllTaxes()).data.taxes.length > 0);
  await lago.taxes.updateTax(code, { tax: { name: "Sales tax" } });
  const add = await addOn();
  assert.equal((await lago.addOns.findAddOn(add)).data.add_on.code, add);
  assert.ok((await lago.addOns.findAllAddOns()).data.add_ons.length > 0);
  await lago.addOns.updateAddOn(add, { add_on: { tax_codes: [code] } });
  await lago.addOns.destroyAddOn(add);
  await lago.taxes.destroyTax(code);
  await lago.organizations.updateOrganization({ organization: { default_currency: "EUR" } });
  const entities = await lago.billingEntities.listBillingEntities();
  assert.equal(entities.data.billing_entities.length, 1);
  const entity = await lago.billingEntities.getBillingEntity("default");
  assert.equal(entity.data.billing_entity.is_default, true);
});

test("endpoints are kept and keys are shown", async () => {
  const made = await lago.webhookEndpoints.createWebhookEndpoint({
    webhook_endpoint: { webhook_url: `http://127.0.0.1:9/${unique()}`, signature_algo: "hmac" },
  });
  const id = made.data.webhook_endpoint.lago_id;
  assert.equal((await lago.webhookEndpoints.findWebhookEndpoint(id)).status, 200);
  assert.ok((await lago.webhookEndpoints.findAllWebhookEndpoints()).data.webhook_endpoints.length);
  await lago.webhookEndpoints.updateWebhookEndpoint(id, {
    webhook_endpoint: { webhook_url: `http://127.0.0.1:9/${unique()}` },
  });
  await lago.webhookEndpoints.destroyWebhookEndpoint(id);
  const json = await lago.webhooks.fetchJsonPublicKey();
  const pem = Buffer.from(json.data.webhook.public_key, "base64").toString();
  assert.match(pem, /BEGIN PUBLIC KEY/);
  const plain = await lago.webhooks.fetchPublicKey({ format: "text" });
  assert.equal(plain.data, json.data.webhook.public_key);
});

test("a wrong key is refused", async () => {
  const stranger = Client(randomUUID(), { baseUrl: `${recoup.address}/api/v1` });
  const error = await refused(stranger.customers.findAllCustomers());
  assert.equal(error.status, 401);
});
