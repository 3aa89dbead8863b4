// Stubs that the server makes.

import { check } from "../harness.mjs";

export default [
  check("a counter counts and shows its value", async (t) => {
    const { main } = await t.connect();
    const counter = await main.makeCounter(10);
    t.equal([await counter.increment(), await counter.increment(5), await counter.increment(-1)], [11, 16, 15]);
    t.equal(await counter.value, 15);
  }),
  check("two counters are two", async (t) => {
    const { main } = await t.connect();
    const [a, b] = [await main.makeCounter(0), await main.makeCounter(100)];
    await a.increment();
    t.equal([await a.value, await b.value], [1, 100]);
  }),
  check("an array of counters", async (t) => {
    const { main } = await t.connect();
    const counters = await main.makeCounters(5);
    t.equal(counters.length, 5);
    t.equal(await Promise.all(counters.map((counter) => counter.increment(10))), [10, 11, 12, 13, 14]);
    t.equal(await main.makeCounters(0), []);
  }),
  check("an adder is a function", async (t) => {
    const { main } = await t.connect();
    const adder = await main.makeAdder(7);
    t.equal([await adder(1), await adder(-7), await adder(0.5)], [8, 0, 7.5]);
  }),
  check("a bundle has its label and its stubs", async (t) => {
    const { main } = await t.connect();
    const bundle = await main.makeBundle();
    t.equal(Object.keys(bundle).sort(), ["adder", "counter", "label", "nested"]);
    t.equal(bundle.label, "bundle");
    t.equal(await bundle.counter.increment(), 6);
    t.equal(await bundle.adder(1), 101);
    t.equal(await Promise.all(bundle.nested.list.map((counter) => counter.increment())), [2, 3]);
  }),
  check("the same counter twice is one counter", async (t) => {
    const { main } = await t.connect();
    const [a, b] = await main.sameCounterTwice(40);
    t.equal([await a.increment(), await b.increment(), await a.value], [41, 42, 42]);
    a[Symbol.dispose]();
    t.equal(await b.increment(), 43, "after the other was disposed");
  }),
  check("the main object hands out itself", async (t) => {
    const { main } = await t.connect();
    const self = await main.self();
    t.equal(await self.ping(), "pong");
    t.equal(await self.self().self().add(1, 2), 3);
    self[Symbol.dispose]();
    t.equal(await main.ping(), "pong", "after the other stub was disposed");
  }),
  check("main objects are one a session", async (t) => {
    const [a, b] = [await t.connect(), await t.connect()];
    await a.main.hold("k", () => "a");
    await t.rejects(b.main.heldCall("k", []), { name: "RangeError" });
    t.equal(await a.main.heldCall("k", []), "a");
  }),
  check("a result that is a lone stub survives being awaited, and is called ever after", async (t) => {
    const { main } = await t.connect();
    const promise = main.makeCounter(1);
    const counter = await promise;
    t.equal(await counter.increment(), 2);
    t.equal(await promise.increment(), 3, "through the promise");
    const again = await promise;
    t.equal(await again.increment(), 4, "awaited again");
  }),
  check("a duplicate is a stub of the same object", async (t) => {
    const { main } = await t.connect();
    const counter = await main.makeCounter(0);
    const twin = counter.dup();
    counter[Symbol.dispose]();
    t.equal(await twin.increment(), 1);
    twin[Symbol.dispose]();
    await t.rejects(Promise.resolve().then(() => twin.increment()));
  }),
  check("a promise duplicated before it is settled is called", async (t) => {
    const { main } = await t.connect();
    const promise = main.slowCounter(30, 5);
    const twin = promise.dup();
    t.equal(await twin.increment(), 6);
    t.equal(await promise.increment(), 7);
  }),
  check("a stub goes home and is the same object there", async (t) => {
    const { main } = await t.connect();
    const counter = await main.makeCounter(3);
    t.equal(await main.incrementCounter(counter, 4), 7);
    t.equal(await counter.value, 7);
  }),
  check("a stub that went home comes back and is the same object still", async (t) => {
    const { main } = await t.connect();
    const counter = await main.makeCounter(7);
    const { stub } = await main.echoStub(counter);
    t.equal(await stub.increment(), 8);
    t.equal(await counter.value, 8);
  }, { notReference: "it takes its own stub that came home for a promise, which it cannot duplicate" }),
  check("a stub that goes home twice in one message", async (t) => {
    const { main } = await t.connect();
    const counter = await main.makeCounter(0);
    t.equal(await main.argCount(counter, counter, { counter }), 3);
    t.equal(await counter.increment(), 1);
  }),
  check("its own function goes home", async (t) => {
    const { main } = await t.connect();
    const adder = await main.makeAdder(5);
    t.equal(await main.call(adder, [], [1]), 6);
    t.equal(await main.callMany(adder, 3), [5, 6, 7]);
  }),
  check("the server's property is read by the server through the client's stub", async (t) => {
    const { main } = await t.connect();
    const counter = await main.makeCounter(9);
    t.equal(await main.readProperty(counter, ["value"]), 9);
    t.equal(await main.readProperty(main.child, ["id"]), 7);
    t.equal(await main.readProperty(main.child, ["child", "child", "id"]), 7);
  }),
  check("a method is called through a path from a stub", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.call(main.self(), ["child", "hello"], ["x"]), "hello x");
    t.equal(await main.call(main.self(), ["add"], [2, 2]), 4);
  }),
  check("500 counters live at once, each its own", async (t) => {
    const { main } = await t.connect();
    const counters = await main.makeCounters(500);
    const values = await Promise.all(counters.map((counter) => counter.increment(1000)));
    t.equal(values, Array.from({ length: 500 }, (_, index) => index + 1000));
  }),
];
