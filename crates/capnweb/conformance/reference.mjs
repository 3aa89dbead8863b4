// The target API on the official package: `node reference.mjs PORT` (or PORT in the environment; 0 is any free port).
// It proves that the checks ask for what the package itself does, and is the other side of comparisons.

import { createServer } from "node:http";

import { capnweb, WebSocketServer } from "./packages.mjs";
import { Main } from "./reference/main.mjs";

const { RpcSession, WebSocketTransport } = capnweb;

// Results that nobody waits for may fail: that is their callers' affair, never the server's end.
process.on("unhandledRejection", () => {});

/** A fatal error as the session itself would send it. */
const abortMessage = (message) => JSON.stringify(["abort", ["error", "Error", message]]);

function serveSocket(socket) {
  const handle = {
    tableStats: () => session.getStats(),
    // After the answer to the call that asked for it.
    abort: (message) =>
      setTimeout(() => {
        socket.send(abortMessage(message));
        session.getRemoteMain()[Symbol.dispose]();
      }, 10),
    drop: () => setTimeout(() => socket.terminate(), 10),
  };
  const session = new RpcSession(new WebSocketTransport(socket), new Main(handle));
}

/** The lines of one request, and what is to be answered. */
class BatchTransport {
  #lines;
  #answers = [];
  #received = Promise.withResolvers();

  constructor(lines) {
    this.#lines = lines;
  }

  send(message) {
    this.#answers.push(message);
  }

  async receive() {
    if (this.#lines.length > 0) return this.#lines.shift();
    this.#received.resolve();
    return await new Promise(() => {});
  }

  abort() {
    this.#received.resolve();
  }

  get allReceived() {
    return this.#received.promise;
  }

  get body() {
    return this.#answers.join("\n");
  }
}

async function answerBatch(body) {
  const transport = new BatchTransport(body === "" ? [] : body.split("\n"));
  const handle = {
    tableStats: () => session.getStats(),
    abort: (message) => transport.send(abortMessage(message)),
    drop: () => {},
  };
  const session = new RpcSession(transport, new Main(handle));
  await transport.allReceived;
  // A session that broke has its abort message among the answers.
  await session.drain().catch(() => {});
  const answer = transport.body;
  session.getRemoteMain()[Symbol.dispose]();
  return answer;
}

async function serveRequest(request, response) {
  if (request.method !== "POST") {
    response.writeHead(405, { allow: "POST" }).end();
    return;
  }
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  response.end(await answerBatch(Buffer.concat(pieces).toString()));
}

const server = createServer((request, response) => {
  serveRequest(request, response).catch(() => response.destroy());
});
new WebSocketServer({ server }).on("connection", (socket) => {
  socket.on("error", () => {});
  serveSocket(socket);
});
server.listen(Number(process.argv[2] ?? process.env.PORT ?? 0), "127.0.0.1", () => {
  console.log(`listening on 127.0.0.1:${server.address().port}`);
});
