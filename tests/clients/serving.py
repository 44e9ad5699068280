"""A small HTTP server on the loopback. What it answers is said by who derives from it."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    method: str
    path: str
    raw_query: str
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body) if self.body else {}

    @property
    def query(self):
        return parse_qsl(self.raw_query, keep_blank_values=True)

    def all(self, name):
        """Every value that the query gives a name."""
        return [value for known, value in self.query if known == name]

    def one(self, name):
        return next(iter(self.all(name)), None)


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict = field(default_factory=dict)

    @property
    def json(self):
        return json.loads(self.body)


def answer(status, value, **headers):
    return Answer(status, json.dumps(value).encode(), headers)


class Serving:
    """`replies` is asked for each request; what was asked and answered is kept in `seen`."""

    def __init__(self):
        self.seen = []
        serving = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                parts = urlsplit(self.path)
                asked = Asked(
                    self.command,
                    parts.path,
                    parts.query,
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                )
                reply = serving.replies(asked)
                serving.seen.append((asked, reply))
                self.send_response(reply.status)
                headers = {"Content-Type": "application/json", **reply.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_one

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def replies(self, asked):
        raise NotImplementedError

    def end(self):
        self._server.shutdown()
        self._server.server_close()
