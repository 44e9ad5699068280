"""emulate, a stand-in for Stripe with pages that a payer can complete. It wants a newer Node.js
than recoup asks for, so one comes along; and it knows prices by their ids only."""

import json
import platform
import re
import subprocess
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from prism import OWN_HEADERS, free_port, node_modules
from programs import Program
from serving import Answer, Serving
from waiting import until

PRICE = "price_stories"
PRICE_DATA = re.compile(r"line_items\[0\]\[price_data\](.*)")


def new_enough(node):
    """Whether this is the Node.js that it needs."""
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    major, minor, *_ = told.stdout.strip().lstrip("v").split(".")
    return (int(major), int(minor)) >= (22, 15)


def node():
    kind = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    brought = node_modules() / f"node-{platform.system().lower()}-{kind}" / "bin" / "node"
    found = [it for it in (str(brought), "node") if new_enough(it)]
    return found[0] if found else pytest.skip("NOT RUN: emulate needs Node.js 22.15 or newer")


class Emulate:
    def __init__(self, folder, hook, secret, amount):
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        # YAML has JSON in it.
        seed = {"stripe": {
            "products": [{"id": "prod_stories", "name": "Stories"}],
            "prices": [{
                "id": PRICE, "product_name": "Stories", "unit_amount": amount, "currency": "eur",
            }],
            "webhooks": [{"url": hook, "events": ["*"], "secret": secret}],
        }}
        seeds = folder / "emulate.config.yaml"
        seeds.write_text(json.dumps(seed))
        program = node_modules() / "emulate" / "dist" / "index.js"
        command = [node(), str(program), "start", "--service", "stripe", "--port", str(port)]
        self.program = Program([*command, "--seed", str(seeds)], folder / "emulate.log")
        until(lambda: self.program.answers_at(self.address), "emulate answers")

    def get(self, path):
        answer = httpx.get(f"{self.address}{path}", auth=("sk_test_stories", ""), timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def end(self):
        self.program.end()


class Priced(Serving):
    """A way to emulate on which a price that is described becomes the one that it has."""

    def __init__(self, emulate, amount):
        self._address, self._amount = emulate.address, amount
        self._client = httpx.Client(trust_env=False, timeout=30)
        super().__init__()

    def replies(self, asked):
        headers = {k: v for k, v in asked.headers.items() if k not in OWN_HEADERS}
        url = f"{self._address}{asked.path}"
        if asked.raw_query:
            url += f"?{asked.raw_query}"
        body = self._priced(asked.body) if asked.path == "/v1/checkout/sessions" else asked.body
        got = self._client.request(asked.method, url, headers=headers, content=body)
        return Answer(got.status_code, got.content)

    def _priced(self, body):
        form = parse_qsl(body.decode())
        described = {
            found[1]: value for name, value in form if (found := PRICE_DATA.fullmatch(name))
        }
        if not described:
            return body
        assert (described["[unit_amount]"], described["[currency]"]) == (str(self._amount), "eur")
        kept = [(name, value) for name, value in form if not PRICE_DATA.fullmatch(name)]
        return urlencode([*kept, ("line_items[0][price]", PRICE)]).encode()

    def end(self):
        super().end()
        self._client.close()
