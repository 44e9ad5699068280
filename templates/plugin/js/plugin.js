// Collects through Acme Pay. As it stands it speaks to `recoup sandbox`: put your provider's
// addresses, fields and codes in their places, one after the other.

import { send } from "recoup:psp/http@0.1.0";
import { nowMs } from "recoup:psp/clock@0.1.0";

const BASE_URL = "https://api.acme.example";
// A request begun this long ago is at the provider by now, if it ever gets there.
const SETTLED_AFTER_MS = 10_000;

// Why the provider refused, in recoup's words: class, and what is allowed next.
const DECLINES = {
  insufficient_funds: ["insufficient-funds", "soft"],
  try_again_later: ["insufficient-funds", "soft"],
  issuer_unavailable: ["issuer-unavailable", "soft-short"],
  do_not_honor: ["do-not-honor", "limited"],
  expired_card: ["expired-card", "new-method"],
  lost_card: ["lost-or-stolen", "new-method"],
  revoked_authorization: ["revoked-authorization", "stop"],
};

// UTF-8 by hand: there is no TextEncoder here.
const bytes = (text) =>
  Uint8Array.from(unescape(encodeURIComponent(text)), (char) => char.charCodeAt(0));

function text(bytes) {
  let chars = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    chars += String.fromCharCode(...bytes.slice(at, at + 8192));
  }
  return decodeURIComponent(escape(chars));
}

function setting(settings, key) {
  const found = settings.find(([known]) => known === key);
  return found && found[1].trim() !== "" ? found[1].trim() : undefined;
}

// One request. What it throws is an `error` of the interface: it says whether anything was sent.
function call(settings, method, path, headers = [], body = undefined) {
  const base = (setting(settings, "base_url") ?? BASE_URL).replace(/\/+$/, "");
  const key = setting(settings, "secret_key") ?? "";
  const response = send({
    method,
    url: base + path,
    headers: [["authorization", `Bearer ${key}`], ["content-type", "application/json"], ...headers],
    body: body === undefined ? null : bytes(JSON.stringify(body)),
    timeoutMs: null,
  });
  return { status: response.status, body: parsed(response.body) };
}

// A body that is no JSON object says nothing: undefined.
function parsed(body) {
  try {
    const value = JSON.parse(text(body));
    return value !== null && typeof value === "object" ? value : undefined;
  } catch {
    return undefined;
  }
}

// What the host throws is wrapped; both ways are read.
const errorOf = (thrown) => thrown?.payload ?? thrown;
const SENTENCE = "the request went wrong";

// As failure of a call other than a charge.
function failureOf(thrown) {
  const error = errorOf(thrown);
  const told = String(error?.val ?? error?.message ?? SENTENCE);
  if (error?.tag === "denied") return misconfigured("denied", told);
  if (error?.tag === "not-sent") return { tag: "not-sent", val: told };
  return { tag: "unknown", val: told };
}

const misconfigured = (code, message) => ({ tag: "misconfigured", val: { code, message } });

function ofStatus(status) {
  const code = String(status);
  const message = `HTTP ${status}`;
  if (status === 401 || status === 403) return misconfigured(code, message);
  if (status === 429) return { tag: "throttled", val: message };
  if ([400, 404, 422].includes(status)) return { tag: "refused", val: { code, message } };
  return { tag: "unknown", val: message };
}

// The body of a success; everything else is thrown as a failure.
function read(settings, path) {
  let answer;
  try {
    answer = call(settings, "get", path);
  } catch (thrown) {
    throw failureOf(thrown);
  }
  if (answer.status !== 200) throw ofStatus(answer.status);
  if (answer.body === undefined) throw { tag: "unknown", val: "the answer is no JSON object" };
  return answer.body;
}

function declined(retry, declineClass, code, message) {
  const unsaid = { networkCode: null, adviceCode: null, retryAfterS: null };
  return { tag: "declined", val: { class: declineClass, retry, code, message, ...unsaid } };
}

// What is not said is null, never left out.
function only(outcome, chargeId = null, status = "") {
  return { outcome, chargeId, status, amount: null, method: null };
}

function charged(charge) {
  const why = charge.decline ?? {};
  const [declineClass, retry] = DECLINES[why.code] ?? ["unclassified", "limited"];
  const outcomes = {
    succeeded: { tag: "paid" },
    pending: { tag: "pending" },
    declined: declined(retry, declineClass, why.code ?? "", why.message ?? ""),
  };
  const outcome = outcomes[charge.status] ?? { tag: "unknown", val: `status ${charge.status}` };
  return only(outcome, charge.id ?? null, charge.status ?? "");
}

// Only be sure when the provider is: all that is not understood may have taken the money.
function answered({ status, body = {} }) {
  const error = body.error ?? {};
  if (status === 200) return charged(body);
  if (status === 402) return charged(body.charge ?? {});
  if (status === 401 || status === 403) {
    return only(declined("merchant", "invalid-configuration", String(status), `HTTP ${status}`));
  }
  if (error.processed === false) {
    return status < 500
      ? only(declined("hold", "invalid-configuration", error.code, error.message))
      : only({ tag: "not-sent", val: error.message });
  }
  return only({ tag: "unknown", val: `HTTP ${status}` });
}

export const gateway = {
  describe: () => ({
    name: "acme",
    title: "Acme Pay",
    version: "0.1.0",
    settings: [
      { key: "secret_key", help: "The secret key of the account.", secret: true, required: true, defaultValue: null },
      { key: "base_url", help: "Where the API is.", secret: false, required: false, defaultValue: BASE_URL },
    ],
    hosts: ["api.acme.example"],
    idempotency: { keyLifetimeS: 86_400, replaysDeclines: true, findsByReference: true },
    hasCustomers: false,
  }),
  modeOf: (settings) =>
    (setting(settings, "secret_key") ?? "").startsWith("sk_sandbox_") ? "test" : "live",
  check(settings) {
    read(settings, "/v1/account");
  },
};

export const charging = {
  charge(settings, request) {
    const body = {
      amount: request.amount.minorUnits,
      currency: request.amount.currency,
      customer: request.customerId,
      method: request.methodId,
      reference: request.reference,
    };
    const key = [["idempotency-key", request.idempotencyKey]];
    try {
      return answered(call(settings, "post", "/v1/charges", key, body));
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (failure.tag !== "misconfigured") return only(failure);
      return only(declined("merchant", "invalid-configuration", "denied", failure.val.message));
    }
  },
  findCharge(settings, query) {
    let found;
    try {
      found = read(settings, `/v1/charges?idempotency_key=${encodeURIComponent(query.idempotencyKey)}`);
    } catch (failure) {
      return { tag: "cannot-tell", val: failure.val?.message ?? String(failure.val) };
    }
    if (!Array.isArray(found.data)) return { tag: "cannot-tell", val: "no list in the answer" };
    if (found.data.length > 0) return { tag: "found", val: charged(found.data[0]) };
    return nowMs() < query.startedAtMs + SETTLED_AFTER_MS
      ? { tag: "cannot-tell", val: "the request may still be on its way" }
      : { tag: "absent" };
  },
  cancelCharge: () => ({ tag: "cannot-tell", val: "charges cannot be cancelled here" }),
};

function refused(message) {
  throw { tag: "refused", val: { code: "unsupported", message } };
}

export const methods = {
  listMethods(settings, customerId) {
    const method = methods.defaultMethod(settings, customerId);
    return method === null ? [] : [method];
  },
  defaultMethod(settings, customerId) {
    const customer = read(settings, `/v1/customers/${encodeURIComponent(customerId)}`);
    const id = customer.default_method?.id;
    const unsaid = { brand: null, last4: null, expiryMonth: null, expiryYear: null, fingerprint: null };
    return id === undefined ? null : { id, kind: "card", ...unsaid };
  },
  setDefaultMethod: () => refused("the default is set at Acme"),
  detachMethod: () => refused("cards are removed at Acme"),
};
