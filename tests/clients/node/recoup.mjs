// The real binary on a data directory of its own, for stories told with JavaScript clients.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const END_PATIENCE_MS = 60_000;

/** Ours, without what would change how recoup is set up. */
function environment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("RECOUP_")),
  );
}

/** A running server with a key for it. Ends with `end`. */
export async function serve(...flags) {
  const binary = process.env.RECOUP_BIN;
  assert.ok(binary, "RECOUP_BIN is not set; `make clients` sets it");
  const folder = await mkdtemp(join(tmpdir(), "recoup-"));
  const data = join(folder, "data");
  const log = join(folder, "recoup.log");
  const started = ["serve", "--data-dir", data, "--listen", "127.0.0.1:0", ...flags];
  const child = spawn(binary, started, { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.pipe(createWriteStream(log));
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  const address = await listening(child, log);
  const made = await promisify(execFile)(
    binary,
    ["key", "create", "--name", "t", "--json", "--data-dir", data],
    { env: environment() },
  );
  const { key } = JSON.parse(made.stdout);
  return new Recoup({ address, key, child, ended, folder, log });
}

async function listening(child, log) {
  for await (const line of createInterface({ input: child.stdout })) {
    const match = /^recoup listens on (\S+)$/.exec(line);
    if (match) {
      child.stdout.resume();
      return match[1];
    }
  }
  throw new Error(`recoup did not start:\n${await readFile(log, "utf8")}`);
}

class Recoup {
  #child;
  #ended;
  #folder;
  #log;

  constructor({ address, key, child, ended, folder, log }) {
    this.address = address;
    this.key = key;
    this.#child = child;
    this.#ended = ended;
    this.#folder = folder;
    this.#log = log;
  }

  /** A request with the key that no client library makes; answers what its JSON says. */
  async api(method, path, body) {
    const answer = await fetch(`${this.address}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** Moves the test clock; answers when all that was due ran. */
  advance(seconds) {
    return this.api("POST", "/recoup/v1/test_clock/advance", { seconds });
  }

  /** The charges that the pretend provider made, or tried, for one customer. */
  async ledger(atProvider) {
    const { charges } = await this.api("GET", "/sandbox/ledger");
    return charges.filter((charge) => charge.customer === atProvider);
  }

  /** The amounts that the pretend provider took from one customer. */
  async taken(atProvider) {
    const charges = await this.ledger(atProvider);
    return charges.filter((it) => it.status === "succeeded").map((it) => it.amount);
  }

  /** Asks it to end; it has to end cleanly. */
  async end() {
    this.#child.kill("SIGTERM");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), END_PATIENCE_MS);
    const code = await this.#ended;
    clearTimeout(late);
    assert.equal(code, 0, `it did not end cleanly:\n${await readFile(this.#log, "utf8")}`);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
