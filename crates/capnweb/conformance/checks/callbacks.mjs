// Stubs that the client passes: called while the call lasts, held after it, released in the end.

import { setTimeout as sleep } from "node:timers/promises";

import { capnweb } from "../packages.mjs";
import { check } from "../harness.mjs";

const { RpcStub, RpcTarget } = capnweb;

/** A client's object that tells when its last reference is gone. */
class Told extends RpcTarget {
  disposed = 0;
  #value;

  constructor(value = 0) {
    super();
    this.#value = value;
  }

  increment(by) {
    return (this.#value += by);
  }

  get value() {
    return this.#value;
  }

  get limits() {
    return { max: 10, inner: { deep: "deep" } };
  }

  echo(...args) {
    return args;
  }

  [Symbol.dispose]() {
    this.disposed += 1;
  }
}

class Product extends RpcTarget {
  #x;

  constructor(x) {
    super();
    this.#x = x;
  }

  times(n) {
    return this.#x * n;
  }

  get label() {
    return `label ${this.#x}`;
  }
}

/** A function that tells when its last reference is gone. */
function told(body) {
  const stats = { disposed: 0, calls: [] };
  const callback = (...args) => {
    stats.calls.push(args.length === 1 ? args[0] : args);
    return body?.(...args);
  };
  callback[Symbol.dispose] = () => (stats.disposed += 1);
  return [callback, stats];
}

export default [
  check("a function is called back", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.call((a, b) => a * b, [], [6, 7]), 42);
    t.equal(await main.call(async () => "later", [], []), "later");
  }),
  check("an object's method is called back, through a path too", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.incrementCounter(new Told(5), 3), 8);
    t.equal(await main.call(new Told(), ["echo"], [1, [2], { a: 3n }]), [1, [2], { a: 3n }]);
    t.equal(await main.call({ inner: { f: (x) => x + 1 } }, ["inner", "f"], [1]), 2);
  }),
  check("an object's properties are read back", async (t) => {
    const { main } = await t.connect();
    const told = new Told(31);
    t.equal(await main.readProperty(told, ["value"]), 31);
    t.equal(await main.readProperty(told, ["limits", "max"]), 10);
    t.equal(await main.readProperty(told, ["limits", "inner", "deep"]), "deep");
  }),
  check("what a callback throws reaches the caller through the server", async (t) => {
    const { main } = await t.connect();
    const fails = () => {
      throw Object.assign(new RangeError("from the client"), { code: "E_MINE" });
    };
    const error = await t.rejects(main.call(fails, [], []), { name: "RangeError", message: "from the client" });
    t.equal(error.code, "E_MINE");
    await t.rejects(main.call(new Told(), ["nope"], []));
    t.equal(await main.ping(), "pong");
  }),
  check("a stub goes home as what it is", async (t) => {
    const { main } = await t.connect();
    const stub = new RpcStub(new Told(1));
    const back = await main.echoStub(stub);
    t.equal(Object.keys(back), ["stub"]);
    t.equal(await back.stub.increment(1), 2);
    t.equal(await stub.value, 2);
  }),
  check("a stub that goes home is named as the peer's own on the wire", async (t) => {
    const raw = await t.raw();
    t.equal((await raw.ask(["echoStub"], [["export", -5]]))[2], { stub: ["import", -5] });
  }),
  check("many calls arrive in order, and their results come back in order", async (t) => {
    const { main } = await t.connect();
    const [callback, stats] = told(async (index) => {
      await sleep(index % 3);
      return index * index;
    });
    t.equal(await main.callMany(callback, 50), Array.from({ length: 50 }, (_, index) => index * index));
    t.equal(stats.calls, Array.from({ length: 50 }, (_, index) => index));
  }),
  check("many calls are sent without waiting for each other", async (t) => {
    const { main } = await t.connect();
    let waiting = [];
    const together = () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 10) waiting.forEach((resolve, index) => resolve(index));
      });
    t.equal(await main.callMany(together, 10), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }),
  check("an argument stub is released when the call ends", async (t) => {
    const { main } = await t.connect();
    const [callback, stats] = told(() => 1);
    await main.call(callback, [], []);
    await t.eventually(() => stats.disposed, 1, "disposals");
  }),
  check("an argument stub that nobody looks at is released", async (t) => {
    const { main } = await t.connect();
    const [callback, stats] = told();
    t.equal(await main.argCount({ deep: [callback] }), 1);
    await t.eventually(() => stats.disposed, 1, "disposals");
    await t.rejects(main.noSuchMethod(callback));
    await t.eventually(() => stats.disposed, 2, "disposals after a call that found no method");
    await t.rejects(main.config.name(callback));
    await t.eventually(() => stats.disposed, 3, "disposals after a call of what is no function");
  }),
  check("an argument stub of a call that lasts is not released before its end", async (t) => {
    const { main } = await t.connect();
    const [callback, stats] = told(() => sleep(60, "slow"));
    const call = main.call(callback, [], []);
    await sleep(30);
    t.equal(stats.disposed, 0, "while it lasts");
    t.equal(await call, "slow");
    await t.eventually(() => stats.disposed, 1, "disposals");
  }),
  check("a callback is called after the call that brought it", async (t) => {
    const { main } = await t.connect();
    const [callback, stats] = told();
    t.equal(await main.callLater(callback, 40, { late: [1] }), "scheduled");
    t.equal(stats.calls, [], "calls at once");
    await t.eventually(() => stats.calls.length, 1, "calls later");
    t.equal(stats.calls, [{ late: [1] }]);
    await t.eventually(() => stats.disposed, 1, "disposals");
  }),
  check("a subscription calls as often as it was told", async (t) => {
    const { main } = await t.connect();
    const [callback, stats] = told();
    const subscription = await main.subscribe(callback, 4, 5);
    await t.eventually(() => stats.calls.length, 4, "calls");
    await sleep(40);
    t.equal(stats.calls, [0, 1, 2, 3]);
    t.equal(await subscription.cancel(), 4);
    await t.eventually(() => stats.disposed, 1, "disposals");
  }),
  check("a subscription that is cancelled stops and releases", async (t) => {
    const { main } = await t.connect();
    const [callback, stats] = told();
    const subscription = await main.subscribe(callback, 1_000_000, 5);
    await t.eventually(() => stats.calls.length, (calls) => calls >= 3, "calls");
    const sent = await subscription.cancel();
    await t.eventually(() => stats.disposed, 1, "disposals");
    await sleep(40);
    t.equal(stats.calls.length, sent, "calls when it was cancelled");
    t.equal(stats.calls, Array.from({ length: sent }, (_, index) => index));
  }),
  check("a subscription whose promise is used at once", async (t) => {
    const { main } = await t.connect();
    const [callback, stats] = told();
    t.equal(await main.subscribe(callback, 10, 100_000).cancel(), 0);
    await t.eventually(() => stats.disposed, 1, "disposals");
  }),
  check("a callback that fails does not stop a subscription", async (t) => {
    const { main } = await t.connect();
    const [callback, stats] = told((index) => {
      if (index % 2 === 0) throw new Error("even");
    });
    const subscription = await main.subscribe(callback, 6, 4);
    await t.eventually(() => stats.calls.length, 6, "calls");
    await subscription.cancel();
  }),
  check("a held stub is called in later calls", async (t) => {
    const { main } = await t.connect();
    const [callback, stats] = told((a, b) => a + b);
    t.equal(await main.hold("k", callback), null);
    t.equal(await main.heldCall("k", [1, 2]), 3);
    t.equal(await main.heldCall("k", ["a", "b"]), "ab");
    t.equal(stats.disposed, 0, "while it is held");
    t.equal(await main.drop("k"), true);
    await t.eventually(() => stats.disposed, 1, "disposals");
    t.equal(await main.drop("k"), false, "dropped again");
    await t.rejects(main.heldCall("k", []), { name: "RangeError" });
  }),
  check("a hold under the same key takes the place of the one before", async (t) => {
    const { main } = await t.connect();
    const [first, firstStats] = told(() => "first");
    const [second] = told(() => "second");
    await main.hold("k", first);
    await main.hold("k", second);
    t.equal(await main.heldCall("k", []), "second");
    await t.eventually(() => firstStats.disposed, 1, "disposals of the first");
  }),
  check("the same stub passed twice is held twice", async (t) => {
    const { main } = await t.connect();
    const target = new Told(0);
    const stub = new RpcStub(() => target.increment(1));
    await main.hold("a", stub);
    await main.hold("b", stub);
    t.equal([await main.heldCall("a", []), await main.heldCall("b", [])], [1, 2]);
    await main.drop("a");
    t.equal(await main.heldCall("b", []), 3, "after one was dropped");
    stub[Symbol.dispose]();
    t.equal(await main.heldCall("b", []), 4, "after the client's own was disposed");
  }),
  check("the same stub twice in one message, then once more", async (t) => {
    const { main, stats } = await t.connect();
    const [callback, told_] = told(() => "yes");
    const stub = new RpcStub(callback);
    t.equal(await main.argCount(stub, stub, { again: stub }), 3);
    t.equal(await main.call(stub, [], []), "yes");
    stub[Symbol.dispose]();
    await t.eventually(() => told_.disposed, 1, "disposals");
  }),
  check("a counter that the server gives to a callback is called there", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.giveCounter((counter) => counter.increment(5), 10), 15);
    t.equal(await main.giveCounter(async (counter) => [await counter.increment(), await counter.value], 0), [1, 1]);
  }),
  check("a counter given to a callback and kept there is called later", async (t) => {
    const { main } = await t.connect();
    let kept;
    await main.giveCounter((counter) => void (kept = counter.dup()), 7);
    t.equal(await kept.increment(), 8);
    kept[Symbol.dispose]();
  }),
  check("a counter given to a callback goes home in its result", async (t) => {
    const { main } = await t.connect();
    const counter = await main.giveCounter((counter) => counter.dup(), 20);
    t.equal(await counter.increment(), 21);
  }, { notReference: "it takes its own stub that came home for a promise, which it cannot resolve" }),
  check("the server pipelines on what a callback will give", async (t) => {
    const { main } = await t.connect();
    const late = async (x) => {
      await sleep(20);
      return new Product(x);
    };
    t.equal(await main.pipelineCallback((x) => new Product(x), 5), [15, "label 5"]);
    t.equal(await main.pipelineCallback(late, 7), [21, "label 7"]);
  }),
  check("the server pipelines on what a callback gives as a plain object", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.pipelineCallback((x) => ({ times: (n) => x * n, label: "plain" }), 4), [12, "plain"]);
  }),
  check("a callback that fails fails what was pipelined on it", async (t) => {
    const { main } = await t.connect();
    const fails = async () => {
      await sleep(5);
      throw new RangeError("no product");
    };
    await t.rejects(main.pipelineCallback(fails, 1), { name: "RangeError", message: "no product" });
  }),
  check("the server passes one callback's promise to another", async (t) => {
    const { main } = await t.connect();
    const first = async () => {
      await sleep(15);
      return { n: 41 };
    };
    t.equal(await main.passPromise(first, ({ n }) => n + 1), 42);
    t.equal(await main.passPromise(() => "at once", (text) => `${text}!`), "at once!");
  }),
  check("a promise that fails fails the callback that waits for it", async (t) => {
    const { main } = await t.connect();
    const [second, stats] = told();
    const fails = () => {
      throw new TypeError("first failed");
    };
    await t.rejects(main.passPromise(fails, second), { name: "TypeError", message: "first failed" });
    t.equal(stats.calls, [], "calls of the second");
  }),
  check("the server sends a promise that it resolves later", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.sendPromise((value) => ({ got: value }), 30, [1, { a: 2n }]), { got: [1, { a: 2n }] });
  }),
  check("callbacks in both directions, nested", async (t) => {
    const { main } = await t.connect();
    const outer = async (n) => (n === 0 ? "bottom" : await main.call(outer, [], [n - 1]));
    t.equal(await main.call(outer, [], [6]), "bottom");
  }),
  check("a callback calls the server before it answers", async (t) => {
    const { main } = await t.connect();
    const log = await main.makeLog();
    await main.callMany(async (index) => await log.append(index), 10);
    t.equal((await log.entries()).length, 10);
  }),
  check("1,000 callbacks at once", async (t) => {
    const { main } = await t.connect();
    t.equal((await main.callMany((index) => index + 1, 1000)).at(-1), 1000);
  }),
  check("a client's main object is not needed", async (t) => {
    const { main } = await t.connect({ never: "asked" });
    t.equal(await main.ping(), "pong");
  }),
];
