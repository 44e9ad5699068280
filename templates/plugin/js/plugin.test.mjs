// Without recoup, with a stand-in for the host. `recoup plugin test` tries the component itself.

import assert from "node:assert";
import { register } from "node:module";
import { test } from "node:test";

// What the host offers is found here instead.
const host = `
  export const send = (request) => globalThis.provider(request);
  export const nowMs = () => 1700000000000;`;
const hooks = `
  export async function resolve(name, context, next) {
    if (!name.startsWith("recoup:")) return next(name, context);
    return { shortCircuit: true, url: "data:text/javascript," + encodeURIComponent(${JSON.stringify(host)}) };
  }`;
register("data:text/javascript," + encodeURIComponent(hooks));
const { charging } = await import("./plugin.js");

function outcomeWhen(provider) {
  globalThis.provider = provider;
  const request = {
    idempotencyKey: "key-1", reference: "att-1", amount: { minorUnits: 1050, currency: "EUR" },
    customerId: "cus_ok", methodId: "pm_ok",
  };
  return charging.charge([["secret_key", "sk_sandbox_1"]], request).outcome;
}

const answer = (status, body) => () => ({ status, body: new TextEncoder().encode(JSON.stringify(body)) });

test("a refusal is a decline with its class", () => {
  const decline = { code: "insufficient_funds", message: "too little money" };
  const outcome = outcomeWhen(answer(402, { charge: { id: "ch_1", status: "declined", decline } }));
  assert.equal(outcome.tag, "declined");
  assert.equal(outcome.val.retry, "soft");
});

test("what may have taken money is never a decline", () => {
  const cut = () => { throw { tag: "maybe-sent", val: "the connection broke" }; };
  assert.equal(outcomeWhen(cut).tag, "unknown");
  assert.equal(outcomeWhen(answer(500, {})).tag, "unknown");
});
