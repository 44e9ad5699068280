"""A business that receives webhooks: keeps what came, and answers what it is told to."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from waiting import until


@dataclass
class Delivery:
    path: str
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def type(self):
        return self.json["webhook_type"]

    @property
    def object(self):
        return self.json[self.json["object_type"]]


class Receiver:
    def __init__(self):
        self.deliveries = []
        self._answers = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.deliveries.append(Delivery(self.path, headers, body))
                scripted = receiver._answers.get(self.path)
                self.send_response(scripted.pop(0) if scripted else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def url(self, path):
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def answers(self, path, statuses):
        """The next requests to `path` are answered with these, later ones with 200."""
        self._answers[path] = list(statuses)

    def at(self, path, kind=None):
        """What came to `path`, of one `webhook_type` if it is given."""
        came = [delivery for delivery in self.deliveries if delivery.path == path]
        return [delivery for delivery in came if kind is None or delivery.type == kind]

    def waits_for(self, path, kind, about=lambda object: True):
        """The first delivery of that type whose object `about` is content with."""

        def found():
            return next((it for it in self.at(path, kind) if about(it.object)), None)

        return until(found, f"{kind} came to {path}")

    def end(self):
        self._server.shutdown()
        self._server.server_close()
