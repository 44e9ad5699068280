// A way to the server on which answers get lost: the request arrives, the answer does not.

import { createServer, request } from "node:http";

/** `cuts` are the paths whose next answer is lost, each once. */
export async function cutting(address, cuts) {
  const target = new URL(address);
  const left = [...cuts];
  const seen = [];
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    seen.push({ path: url, again: headers["x-stainless-retry-count"] });
    const place = left.indexOf(url);
    if (place >= 0) left.splice(place, 1);
    const onward = request(
      { host: target.hostname, port: target.port, method, path: url, headers },
      (answer) => {
        if (place >= 0) {
          answer.resume();
          answer.on("end", () => outgoing.destroy());
          return;
        }
        outgoing.writeHead(answer.statusCode, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    /** The requests that came, in their order. */
    seen,
    end: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** A business that hears: keeps what came, and says yes. */
export async function listening() {
  const heard = [];
  const server = createServer(async (incoming, outgoing) => {
    const parts = [];
    for await (const part of incoming) parts.push(part);
    heard.push({ headers: incoming.headers, body: Buffer.concat(parts).toString("utf8") });
    outgoing.end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/metronome`,
    heard,
    end: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
