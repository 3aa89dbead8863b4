// The main object: one a session.

import { setTimeout as sleep } from "node:timers/promises";

import { capnweb } from "../packages.mjs";
import { Child, Counter, Log, Subscription, Tracked } from "./objects.mjs";
import { records } from "./records.mjs";
import * as streams from "./streams.mjs";
import { inspect, make } from "./values.mjs";

const { RpcPromise, RpcTarget } = capnweb;

const errorTypes = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

const users = ["Ann", "Bob", "Cy"];

/** `session` has `tableStats()`, `abort(message)` and `drop()`. */
export class Main extends RpcTarget {
  #session;
  #held = new Map();

  constructor(session) {
    super();
    this.#session = session;
  }

  // Values

  ping() {
    return "pong";
  }

  echo(value) {
    return value;
  }

  add(a, b) {
    return a + b;
  }

  argCount(...args) {
    return args.length;
  }

  inspect(value) {
    return inspect(value);
  }

  make(kind) {
    return make(kind);
  }

  makeString(length) {
    return "x".repeat(length);
  }

  makeBigint(digits) {
    return BigInt("9".repeat(digits));
  }

  makeNested(depth) {
    let value = 1;
    for (let level = 0; level < depth; level += 1) value = [value];
    return value;
  }

  // Errors

  throwError(name, message) {
    throw new errorTypes[name](message);
  }

  throwRich() {
    throw make("error-rich");
  }

  throwValue(value) {
    throw value;
  }

  // Properties

  get config() {
    return { name: "conformance", limits: { max: 10, min: -10 }, list: [10, 20, 30], nothing: null };
  }

  get child() {
    return new Child();
  }

  // Stubs which the server makes

  self() {
    return this;
  }

  makeCounter(start) {
    return new Counter(start);
  }

  makeCounters(length) {
    return Array.from({ length }, (_, start) => new Counter(start));
  }

  makeAdder(n) {
    return (x) => x + n;
  }

  makeBundle() {
    return {
      label: "bundle",
      counter: new Counter(5),
      adder: (x) => x + 100,
      nested: { list: [new Counter(1), new Counter(2)] },
    };
  }

  sameCounterTwice(start) {
    const counter = new Counter(start);
    return [counter, counter];
  }

  // Stubs which the client passes

  echoStub(stub) {
    return { stub: stub.dup() };
  }

  incrementCounter(counter, by) {
    return counter.increment(by);
  }

  async readProperty(stub, path) {
    return await path.reduce((value, name) => value[name], stub);
  }

  async call(stub, path, args) {
    return await path.reduce((value, name) => value[name], stub)(...args);
  }

  async callMany(callback, count) {
    return await Promise.all(Array.from({ length: count }, (_, index) => callback(index)));
  }

  callLater(callback, delay, argument) {
    const kept = callback.dup();
    setTimeout(async () => {
      try {
        await kept(argument);
      } catch {
        // Whom it was for is gone, or does not want it.
      }
      kept[Symbol.dispose]();
    }, delay);
    return "scheduled";
  }

  subscribe(callback, count, interval) {
    return new Subscription(callback, count, interval);
  }

  hold(key, stub) {
    this.drop(key);
    this.#held.set(key, stub.dup());
    return null;
  }

  async heldCall(key, args) {
    if (!this.#held.has(key)) throw new RangeError(`nothing held as ${key}`);
    return await this.#held.get(key)(...args);
  }

  drop(key) {
    const held = this.#held.get(key);
    held?.[Symbol.dispose]();
    return this.#held.delete(key);
  }

  async giveCounter(callback, start) {
    return await callback(new Counter(start));
  }

  async pipelineCallback(callback, x) {
    const promise = callback(x);
    return await Promise.all([promise.times(3), promise.label]);
  }

  async passPromise(callbackA, callbackB) {
    return await callbackB(callbackA());
  }

  async sendPromise(callback, delay, value) {
    return await callback(new RpcPromise(sleep(delay, value)));
  }

  // Results which come later

  delay(delay, value) {
    return sleep(delay, value);
  }

  never() {
    return new Promise(() => {});
  }

  async slowCounter(delay, start) {
    await sleep(delay);
    return new Counter(start);
  }

  promiseField(delay, value) {
    return { now: "now", later: new RpcPromise(sleep(delay, value)) };
  }

  promiseFieldReject(delay, message) {
    const later = sleep(delay).then(() => {
      throw new RangeError(message);
    });
    return { now: "now", later: new RpcPromise(later) };
  }

  makeLog() {
    return new Log();
  }

  // Things to map over

  fib(length) {
    const numbers = [0, 1];
    while (numbers.length < length) numbers.push(numbers.at(-1) + numbers.at(-2));
    return numbers.slice(0, length);
  }

  users() {
    return users.map((name, index) => ({ id: index + 1, name, tags: [`t${index + 1}`, "all"] }));
  }

  profile(id) {
    return { id, bio: `bio of ${id}` };
  }

  failIf(x, bad) {
    if (x === bad) throw new RangeError(`bad value ${bad}`);
    return x;
  }

  // Lifecycle

  makeTracked(key) {
    return new Tracked(key);
  }

  makeTrackedBundle(key, length) {
    return { label: "tracked", items: Array.from({ length }, () => new Tracked(key)) };
  }

  trackedStats(key) {
    return { ...records.tracked(key) };
  }

  tableStats() {
    return this.#session.tableStats();
  }

  watchBroken(key, stub) {
    stub.dup().onRpcBroken((error) => records.broken.set(key, { message: error.message }));
    return null;
  }

  brokenStatus(key) {
    return records.broken.get(key) ?? null;
  }

  callAndRecord(key, callback) {
    const kept = callback.dup();
    Promise.resolve(kept())
      .then(
        (ok) => records.outcomes.set(key, { ok }),
        (error) => records.outcomes.set(key, { error: error.message }),
      )
      .finally(() => kept[Symbol.dispose]());
    return null;
  }

  outcome(key) {
    return records.outcomes.get(key) ?? null;
  }

  abortSession(message) {
    this.#session.abort(message);
    return null;
  }

  dropConnection() {
    this.#session.drop();
    return null;
  }

  // Streams

  readAll(readable) {
    return streams.readAll(readable);
  }

  readBytes(readable) {
    return streams.readBytes(readable);
  }

  readSome(readable, count) {
    return streams.readSome(readable, count);
  }

  async stallThenRead(readable, delay) {
    await sleep(delay);
    return await streams.readBytes(readable);
  }

  sumCounters(readable) {
    return streams.sumCounters(readable);
  }

  makeStream(values) {
    return streams.streamOfValues(values);
  }

  makeByteStream(total, chunk) {
    return streams.byteStream(total, chunk);
  }

  makeErrorStream(values, message) {
    return streams.errorStream(values, message);
  }

  makeEndlessStream(key) {
    return streams.endlessStream(key);
  }

  streamStatus(key) {
    return { ...records.endless(key) };
  }

  makeCounterStream(length) {
    return streams.counterStream(length);
  }

  echoStream(readable) {
    return streams.passOn(readable);
  }

  openSink(key, delay = 0) {
    return streams.sink(key, delay);
  }

  sinkStatus(key) {
    return { ...records.sink(key) };
  }

  openFailingSink(accepted, message) {
    return streams.failingSink(accepted, message);
  }

  writeAll(writable, values) {
    return streams.writeAll(writable, values);
  }

  writeThenAbort(writable, values, message) {
    return streams.writeThenAbort(writable, values, message);
  }

  writeUntilFail(writable, most) {
    return streams.writeUntilFail(writable, most);
  }
}
