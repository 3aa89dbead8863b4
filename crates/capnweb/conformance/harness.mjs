// What a check is given: sessions of its own, raw sockets, batches, and ways to say what it expects.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect as show } from "node:util";

import { capnweb, WebSocket } from "./packages.mjs";
import { inspect } from "./reference/values.mjs";

const { RpcSession, WebSocketTransport } = capnweb;

/** How long anything that must come may take. */
const PATIENCE = 10_000;

export class Expectation extends Error {
  constructor(what, expected, got) {
    super(what);
    this.expected = expected;
    this.got = got;
  }
}

/** A check: `body` is given a [`Tools`]; `notReference` says why the official package itself cannot pass it. */
export const check = (name, body, { notReference, deadline } = {}) => ({ name, body, notReference, deadline });

const opened = (socket) =>
  new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });

/** A session of the official client. */
class Session {
  constructor(socket, localMain) {
    this.socket = socket;
    this.received = 0;
    socket.on("message", (data) => (this.received += data.length));
    this.closed = new Promise((resolve) => socket.once("close", (code) => resolve(code)));
    this.session = new RpcSession(new WebSocketTransport(socket), localMain);
    this.main = this.session.getRemoteMain();
  }

  stats() {
    return this.session.getStats();
  }

  /** Closes the socket as a client that leaves in order. */
  async close() {
    this.socket.close(1000);
    await this.closed;
  }

  /** Drops the connection without a word. */
  terminate() {
    this.socket.terminate();
  }
}

/** A socket that says exactly what it is told to. */
class Raw {
  #queue = [];
  #waiting = [];
  #lastPush = 0;

  /** Everything that came, passed over or not. */
  seen = [];

  constructor(socket) {
    this.socket = socket;
    socket.on("message", (data) => {
      const message = JSON.parse(data.toString());
      this.seen.push(message);
      this.#queue.push(message);
      this.#waiting.shift()?.();
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) =>
      socket.once("close", (code) => {
        this.isClosed = true;
        for (const wake of this.#waiting.splice(0)) wake();
        resolve(code);
      }),
    );
  }

  /** Sends a message: text as it is, anything else as JSON. */
  send(message) {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Sends a push, and gives its id. */
  push(expression) {
    this.send(["push", expression]);
    return (this.#lastPush += 1);
  }

  /** What came of this kind. */
  seenOf(kind) {
    return this.seen.filter((message) => message[0] === kind);
  }

  /** Counts a push that was sent by other means, or a pipe. */
  counted() {
    return (this.#lastPush += 1);
  }

  call(path, args, subject = 0) {
    return this.push(["pipeline", subject, path, args]);
  }

  /** Calls, pulls, and gives what came: `["resolve", id, …]` or `["reject", id, …]`. */
  async ask(path, args, subject = 0) {
    return await this.pull(this.call(path, args, subject));
  }

  async pull(id) {
    this.send(["pull", id]);
    return await this.until((message) => message[1] === id, `an answer to ${id}`);
  }

  /** The next message, or undefined when the socket was closed. */
  async next() {
    const deadline = Date.now() + PATIENCE;
    while (this.#queue.length === 0) {
      if (this.isClosed) return undefined;
      const left = deadline - Date.now();
      if (left <= 0) throw new Expectation("a message", "a message", "silence");
      await Promise.race([new Promise((wake) => this.#waiting.push(wake)), sleep(left, null, { ref: false })]);
    }
    return this.#queue.shift();
  }

  /** The next message that fits; others are passed over. */
  async until(fits, what = "a message") {
    for (;;) {
      const message = await this.next();
      if (message === undefined) throw new Expectation(what, what, "the socket was closed");
      if (fits(message)) return message;
    }
  }
}

export class Tools {
  static #keys = 0;
  #sockets = [];

  constructor(url) {
    this.url = url;
    this.httpUrl = url.replace(/^ws/, "http");
  }

  async #socket() {
    const socket = new WebSocket(this.url, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 });
    this.#sockets.push(socket);
    await opened(socket);
    socket.on("error", () => {});
    return socket;
  }

  async connect(localMain) {
    return new Session(await this.#socket(), localMain);
  }

  async raw() {
    return new Raw(await this.#socket());
  }

  /** The main object, for one batch. */
  batch() {
    return capnweb.newHttpBatchRpcSession(this.httpUrl);
  }

  async post(body, method = "POST") {
    const response = await fetch(this.httpUrl, {
      method, body: method === "GET" ? undefined : body, signal: AbortSignal.timeout(PATIENCE),
    });
    return { status: response.status, body: await response.text() };
  }

  /** A key of records that no other check has. */
  key() {
    Tools.#keys += 1;
    return `check-${process.pid}-${Date.now()}-${Tools.#keys}`;
  }

  equal(got, expected, what = "the result") {
    try {
      assert.deepStrictEqual(got, expected);
    } catch {
      throw new Expectation(what, expected, got);
    }
  }

  /** Compares values of all kinds by what `inspect` says of them. */
  async same(got, expected, what) {
    this.equal(await inspect(got), await inspect(expected), what);
  }

  holds(condition, what, got = condition) {
    if (!condition) throw new Expectation(what, what, got);
  }

  /** That the promise rejects, and as told; gives the error. */
  async rejects(promise, expected = {}, what = "the rejection") {
    let value;
    try {
      value = await promise;
    } catch (error) {
      for (const [name, wanted] of Object.entries(expected)) this.equal(error?.[name], wanted, `${what}'s ${name}`);
      return error;
    }
    throw new Expectation(what, "a rejection", value);
  }

  /** Asks until the answer fits. */
  async eventually(ask, expected, what = "in the end") {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const got = await ask();
      const fits = typeof expected === "function" ? expected(got) : show(got) === show(expected);
      if (fits) return got;
      if (Date.now() > deadline) throw new Expectation(what, expected, got);
      await sleep(10);
    }
  }

  /** That something comes in time. */
  async soon(promise, what, patience = PATIENCE) {
    const late = Symbol("late");
    const first = await Promise.race([promise, sleep(patience, late, { ref: false })]);
    if (first === late) throw new Expectation(what, what, `nothing within ${patience} ms`);
    return first;
  }

  /** That the session of a raw socket is ended with an abort message, nothing after it, and a close. */
  async aborted(raw) {
    const message = await raw.until((message) => message[0] === "abort", "an abort message");
    this.equal(message.length, 2, "the length of the abort message");
    const [kind, name, text, stack] = message[1];
    this.equal(kind, "error", "the kind of what the abort carries");
    this.equal([typeof name, typeof text], ["string", "string"], "name and text of the abort's error");
    this.holds(typeof stack !== "string", "no stack in the abort's error", stack);
    await this.soon(raw.closed, "the close after the abort");
    const more = await raw.next();
    this.equal(more, undefined, "a message after the abort");
    return text;
  }

  dispose() {
    for (const socket of this.#sockets) socket.terminate();
  }
}
