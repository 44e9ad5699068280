"""Programs that a story needs: started on a free port of the loopback, ended by their process."""

import json
import os
import queue
import re
import signal
import subprocess
import threading
from pathlib import Path

import httpx

from waiting import until

START_PATIENCE_S = 120.0
END_PATIENCE_S = 60.0

# It has no option for the address and would listen everywhere; nor for where it keeps its data,
# which is a file in the folder for temporary files that this leaves out.
LOCALSTRIPE = """
import sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda store: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


class Program:
    """A running process. Its output goes to a file, and is shown when something goes wrong."""

    def __init__(self, command, log: Path):
        self.log = log
        self._lines = queue.Queue()
        self._errors = log.open("w")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self._errors, text=True, env=environment()
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def line_with(self, pattern):
        """The first line of the output that matches."""
        seen = []
        while True:
            try:
                line = self._lines.get(timeout=START_PATIENCE_S)
            except queue.Empty:
                line = None
            if line is None:
                self.end()
                raise AssertionError(
                    f"no line like {pattern!r} came: {seen}\n{self.log.read_text()}"
                )
            seen.append(line)
            match = re.search(pattern, line)
            if match:
                return match

    def answers_at(self, address):
        """The status of any answer there. None as long as nobody listens."""
        code = self.process.poll()
        assert code is None, f"it ended with {code}\n{self.log.read_text()}"
        try:
            return httpx.get(address).status_code
        except httpx.TransportError:
            return None

    def end(self):
        """Asks it to end and waits; answers its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(END_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"it did not end when it was asked to\n{self.log.read_text()}")
        finally:
            self._errors.close()
        return code


def environment():
    """Ours, without what would change how recoup is set up."""
    return {name: value for name, value in os.environ.items() if not name.startswith("RECOUP_")}


class Recoup:
    """The real binary on a data directory of its own."""

    def __init__(self, folder: Path, *flags):
        self.binary = os.environ["RECOUP_BIN"]
        self.folder = folder
        self.data_dir = folder / "data"
        self.flags = flags
        self.program = None
        self.address = None
        self.key = None

    def start(self):
        command = [self.binary, "serve", "--data-dir", str(self.data_dir)]
        command += ["--listen", "127.0.0.1:0", *self.flags]
        self.program = Program(command, self.folder / "recoup.log")
        self.address = self.program.line_with(r"recoup listens on (http://[0-9.:]+)").group(1)
        if self.key is None:
            self.key = self.json("key", "create", "--name", "t", "--json")["key"]
        return self

    def end(self):
        return self.program.end()

    def run(self, *arguments):
        """One command beside the running server; answers what it printed."""
        command = [self.binary, *arguments, "--data-dir", str(self.data_dir)]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=START_PATIENCE_S, env=environment()
        )
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.run(*arguments))

    def api(self, method, path, **options):
        """A request with the key that no client library makes."""
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        return httpx.request(method, f"{self.address}{path}", headers=headers, timeout=30, **options)

    def advance(self, **time):
        """Moves the test clock by `seconds`, `hours` or `days`; answers when all that was due ran."""
        seconds = time.get("seconds", 0) + 3600 * time.get("hours", 0) + 86400 * time.get("days", 0)
        answer = httpx.post(
            f"{self.address}/recoup/v1/test_clock/advance",
            headers={"Authorization": f"Bearer {self.key}"},
            json={"seconds": seconds},
            timeout=120,
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ledger(self, provider_customer):
        """The charges that the pretend provider made, or tried, for one customer."""
        charges = httpx.get(f"{self.address}/sandbox/ledger").json()["charges"]
        return [charge for charge in charges if charge["customer"] == provider_customer]

    def taken(self, provider_customer):
        """The amounts that the pretend provider took from one customer."""
        charges = self.ledger(provider_customer)
        return [charge["amount"] for charge in charges if charge["status"] == "succeeded"]


class LocalStripe:
    """The stand-in for Stripe."""

    def __init__(self, folder: Path, port: int):
        python = os.environ["LOCALSTRIPE_PYTHON"]
        self.address = f"http://127.0.0.1:{port}"
        self.program = Program([python, "-c", LOCALSTRIPE, str(port)], folder / "localstripe.log")
        until(lambda: self.program.answers_at(self.address), "localstripe answers")

    def end(self):
        self.program.end()
