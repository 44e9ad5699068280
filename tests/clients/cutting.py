"""A way to the server on which answers get lost: the request arrives, the answer does not."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


class Cutting:
    """`cuts` are the paths whose next answer is lost, each once."""

    def __init__(self, address, cuts):
        self.seen = []
        left = list(cuts)
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                proxy.seen.append((self.path, self.headers.get("x-stainless-retry-count")))
                lost = self.path in left
                if lost:
                    left.remove(self.path)
                headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
                headers["accept-encoding"] = "identity"
                answer = httpx.post(f"{address}{self.path}", headers=headers, content=body)
                if lost:
                    self.close_connection = True
                    self.connection.close()
                    return
                self.send_response(answer.status_code)
                self.send_header("Content-Type", answer.headers["content-type"])
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def end(self):
        self._server.shutdown()
        self._server.server_close()
