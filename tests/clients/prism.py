"""Prism, which knows a provider's API from its published description alone; and a proxy before it
that chooses which of the published answers comes, and keeps what Prism found to be wrong."""

import json
import os
import re
import socket
from pathlib import Path

import httpx
import pytest

import published
from programs import START_PATIENCE_S, Program
from serving import Answer, Serving
from waiting import until

# What belongs to one hop.
OWN_HEADERS = {"host", "content-length", "connection", "accept-encoding"}


def node_modules():
    """Where the stand-ins are that are written in JavaScript; skips the test if nowhere."""
    place = os.environ.get("PEERS_NODE_MODULES")
    if not place:
        pytest.skip("NOT RUN: the stand-ins of tests/clients/peers are not set up")
    return Path(place)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Prism:
    def __init__(self, folder, slice_name):
        described = published.place(slice_name)
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        prism = node_modules() / "@stoplight" / "prism-cli" / "dist" / "index.js"
        command = ["node", str(prism), "mock", "--errors", "-h", "127.0.0.1", "-p", str(port)]
        self.program = Program([*command, str(described)], folder / f"{slice_name}.log")

    def waits(self, *calls, **headers):
        """Until it has read the description, and what it says of each of these calls. It takes a
        second for the first of a kind, more than recoup waits where the machine is busy."""
        is_there = f"Prism answers at {self.address}"
        until(lambda: self.program.answers_at(self.address), is_there, START_PATIENCE_S)
        with httpx.Client(trust_env=False, timeout=START_PATIENCE_S) as client:
            for method, path, form in calls:
                url = f"{self.address}{path}"
                got = client.request(method, url, data=form, headers=headers)
                assert got.status_code == 200, f"{method} {path}: {got.text}"

    def end(self):
        self.program.end()


class Watched(Serving):
    """The proxy. Prism's answers speak of the examples' objects: `renames` makes them ours, and
    `empties` names a list of theirs that has nothing in it."""

    def __init__(self, prism):
        self._prism = prism
        self._client = httpx.Client(trust_env=False, timeout=120)
        self.violations = []
        self._preferred = []
        self.renames = {}
        self.empties = None
        super().__init__()

    def replies(self, asked):
        headers = {k: v for k, v in asked.headers.items() if k not in OWN_HEADERS}
        preferred = self._preference(asked)
        if preferred:
            headers["prefer"] = preferred
        url = f"{self._prism.address}{asked.path}"
        if asked.raw_query:
            url += f"?{asked.raw_query}"
        got = self._client.request(asked.method, url, headers=headers, content=asked.body)
        if "sl-violations" in got.headers:
            found = json.loads(got.headers["sl-violations"])
            self.violations += [f"{asked.method} {asked.path}: {fault}" for fault in found]
        body = got.content
        for theirs, ours in self.renames.items():
            ours = ours(asked) if callable(ours) else ours
            body = body.replace(theirs.encode(), ours.encode())
        if self.empties and self.empties.encode() in body:
            body = json.dumps({**json.loads(body), self.empties: []}).encode()
        return Answer(got.status_code, body)

    def _preference(self, asked):
        for method, path, preferred in self._preferred:
            if method == asked.method and path.fullmatch(asked.path):
                return preferred
        return None

    def prefers(self, method, path, status, example=None):
        """From now on, calls like this have this of the published answers."""
        preferred = f"code={status}" + (f", example={example}" if example else "")
        self._preferred.insert(0, (method, re.compile(path), preferred))

    def forgets(self):
        """The preferences, and whose objects are meant."""
        self._preferred = []
        self.renames = {}
        self.empties = None

    def asked_for(self, method, path):
        """The requests like this that came."""
        shape = re.compile(path)
        return [it for it, _ in self.seen if it.method == method and shape.fullmatch(it.path)]

    def end(self):
        super().end()
        self._client.close()
