// Calls on what is not there yet, and results that come later.

import { setTimeout as sleep } from "node:timers/promises";

import { check } from "../harness.mjs";

const upTo = (length) => Array.from({ length }, (_, index) => index);

export default [
  check("a method of a result that is not there yet", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.makeCounter(3).increment(), 4);
    t.equal(await main.makeCounter(3).value, 3);
    t.equal(await main.makeAdder(10)(5), 15);
  }),
  check("a pipelined call costs no round trip", async (t) => {
    const raw = await t.raw();
    const counter = raw.call(["makeCounter"], [5]);
    const value = raw.call(["increment"], [2], counter);
    t.equal(await raw.pull(value), ["resolve", value, 7]);
    t.equal(raw.seen.length, 1, "messages from the server");
  }),
  check("calls on a promise and then on its result are one object's", async (t) => {
    const { main } = await t.connect();
    const promise = main.makeCounter(0);
    const early = promise.increment();
    const counter = await promise;
    t.equal([await early, await counter.increment(), await promise.increment()], [1, 2, 3]);
  }),
  check("a promise is an argument", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.add(main.add(1, 2), main.add(3, main.add(4, 5))), 15);
    t.equal(await main.echo({ a: main.ping(), b: [main.add(1, 1), { c: main.make("bigint") }] }), {
      a: "pong", b: [2, { c: 123456789012345678901234567890n }],
    });
  }),
  check("a property of a promise is an argument", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.add(main.config.limits.max, main.profile(5).id), 15);
    t.equal(await main.echo(main.makeBundle().label), "bundle");
  }),
  check("a promise for a stub is an argument that is called", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.incrementCounter(main.makeCounter(1), 2), 3);
    t.equal(await main.incrementCounter(main.makeBundle().counter, 2), 7);
    t.equal(await main.incrementCounter(main.slowCounter(20, 50), 2), 52);
  }),
  check("an argument that fails fails the call", async (t) => {
    const { main } = await t.connect();
    await t.rejects(main.add(1, main.throwError("RangeError", "inner")), { name: "RangeError", message: "inner" });
    await t.rejects(main.echo({ deep: [main.noSuch()] }));
  }),
  check("what fails fails all that was pipelined on it", async (t) => {
    const { main } = await t.connect();
    const promise = main.throwError("URIError", "root");
    const expected = { name: "URIError", message: "root" };
    await t.rejects(promise.a.b.c(1), expected);
    await t.rejects(promise.property, expected);
    await t.rejects(promise(), expected);
    await t.rejects(promise, expected);
  }),
  check("members of a bundle that is not there yet", async (t) => {
    const { main } = await t.connect();
    const bundle = main.makeBundle();
    t.equal([await bundle.label, await bundle.counter.increment(), await bundle.adder(1)], ["bundle", 6, 101]);
  }),
  check("elements of an array that is not there yet, by number", async (t) => {
    const raw = await t.raw();
    const counters = raw.call(["makeCounters"], [4]);
    t.equal((await raw.ask([2, "increment"], [10], counters))[2], 12);
    const bundle = raw.call(["makeBundle"], []);
    t.equal((await raw.ask(["nested", "list", 1, "increment"], [1], bundle))[2], 3);
    t.equal((await raw.pull(raw.push(["pipeline", bundle, ["nested", "list", 0, "value"]])))[2], 1);
  }),
  check("calls wait for a slow object, in order", async (t) => {
    const { main } = await t.connect();
    const counter = main.slowCounter(40, 100);
    t.equal(await Promise.all([1, 10, 100].map((by) => counter.increment(by))), [101, 111, 211]);
    t.equal(await counter.value, 211);
  }),
  check("a chain of 100 calls, each with the result of the one before", async (t) => {
    const { main } = await t.connect();
    let sum = main.add(0, 0);
    for (let step = 0; step < 100; step += 1) sum = main.add(sum, 1);
    t.equal(await sum, 100);
  }),
  check("calls on one object are in the order they were made", async (t) => {
    const { main } = await t.connect();
    const log = main.makeLog();
    for (const index of upTo(200)) log.append(index);
    t.equal(await log.entries(), upTo(200));
  }),
  check("an argument that is settled does not delay its call past later ones", async (t) => {
    const { main } = await t.connect();
    const log = await main.makeLog();
    const lengths = await Promise.all([log.append("a"), log.append("b"), log.append("c")]);
    t.equal(lengths, [1, 2, 3]);
    t.equal(await log.entries(), ["a", "b", "c"]);
  }),
  check("a call that waits for its argument does not stop the others", async (t) => {
    const { main } = await t.connect();
    const slow = main.echo(main.delay(60, "slow"));
    t.equal(await t.soon(main.ping(), "a call meanwhile", 1000), "pong");
    t.equal(await slow, "slow");
  }),
  check("a result is used after it was awaited, in a later call", async (t) => {
    const { main } = await t.connect();
    const bundle = await main.makeBundle();
    t.equal(await main.incrementCounter(bundle.counter, 1), 6);
    t.equal(await main.incrementCounter(bundle.counter, 1), 7);
  }),
  check("stubs of a result that was resolved stay for pipelined calls until it is released", async (t) => {
    const raw = await t.raw();
    const bundle = raw.call(["makeBundle"], []);
    t.equal((await raw.pull(bundle))[0], "resolve");
    t.equal((await raw.ask(["counter", "increment"], [], bundle))[2], 6);
    t.equal((await raw.ask(["counter", "increment"], [], bundle))[2], 7);
    raw.send(["release", bundle, 1]);
    t.equal((await raw.ask(["ping"], []))[2], "pong");
  }),
  check("a result disposed before it is there is cancelled, and what was pipelined on it goes on", async (t) => {
    const { main } = await t.connect();
    const counter = main.makeCounter(1);
    const value = counter.increment();
    counter[Symbol.dispose]();
    t.equal(await value, 2);
  }),
  check("1,000 calls in flight", async (t) => {
    const { main } = await t.connect();
    t.equal(await Promise.all(upTo(1000).map((index) => main.add(index, 1))), upTo(1000).map((index) => index + 1));
  }),
  check("1,000 calls in flight that come back in another order", async (t) => {
    const { main } = await t.connect();
    const calls = upTo(1000).map((index) => main.delay((index * 7919) % 50, index));
    t.equal(await Promise.all(calls), upTo(1000));
  }),
  check("1,000 pipelined calls on one object", async (t) => {
    const { main } = await t.connect();
    const counter = main.slowCounter(30, 0);
    t.equal(await Promise.all(upTo(1000).map(() => counter.increment())), upTo(1000).map((index) => index + 1));
  }),
  check("delays run beside each other", async (t) => {
    const { main } = await t.connect();
    const started = performance.now();
    await Promise.all(upTo(20).map(() => main.delay(100, 0)));
    t.holds(performance.now() - started < 1000, "twenty delays of 100 ms within a second");
  }),
  check("a delay gives its value, whatever it is", async (t) => {
    const { main } = await t.connect();
    t.equal([await main.delay(1, "v"), await main.delay(0, [1, [2]])], ["v", [1, [2]]]);
  }),
  check("what never settles blocks nothing, and may be given up", async (t) => {
    const { main } = await t.connect();
    const never = main.never();
    let settled = false;
    never.then(() => (settled = true), () => (settled = true));
    t.equal(await main.ping(), "pong");
    await sleep(30);
    t.equal(settled, false, "settled");
    never[Symbol.dispose]();
    t.equal(await main.ping(), "pong");
  }),
  check("a promise in a result is resolved later", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.promiseField(30, { v: 1 }), { now: "now", later: { v: 1 } });
  }),
  check("a promise in a result comes at once, and its value after it", async (t) => {
    const raw = await t.raw();
    const [, , first] = await raw.ask(["promiseField"], [60, [[1, 2]]]);
    t.equal([first.now, first.later[0], first.later[1] < 0], ["now", "promise", true]);
    t.equal(raw.seen.length, 1, "messages at first");
    const [kind, id, value] = await raw.next();
    t.equal([kind, id, value], ["resolve", first.later[1], [[1, 2]]]);
  }),
  check("a promise in a result may be rejected later", async (t) => {
    const { main } = await t.connect();
    await t.rejects(main.promiseFieldReject(20, "too late"), { name: "RangeError", message: "too late" });
    const raw = await t.raw();
    const [, , first] = await raw.ask(["promiseFieldReject"], [20, "m"]);
    t.equal(await raw.next(), ["reject", first.later[1], ["error", "RangeError", "m"]]);
  }),
  check("fields of a result with a promise are used before that is resolved", async (t) => {
    const { main } = await t.connect();
    const result = main.promiseField(1500, 41);
    const started = performance.now();
    t.equal(await result.now, "now");
    t.holds(performance.now() - started < 1400, "the field before the promise");
    t.equal(await main.add(result.later, 1), 42);
  }),
  check("a pushed value that is no call is a value", async (t) => {
    const raw = await t.raw();
    t.equal(await raw.pull(raw.push(5)), ["resolve", 1, 5]);
    t.equal(await raw.pull(raw.push([[["bigint", "5"], { a: ["undefined"] }]])), [
      "resolve", 2, [[["bigint", "5"], { a: ["undefined"] }]],
    ]);
  }),
  check("a push that holds calls inside a value", async (t) => {
    const raw = await t.raw();
    const value = raw.push([[["pipeline", 0, ["add"], [1, 2]], ["pipeline", 0, ["config", "name"]]]]);
    const [kind, , [[first, second]]] = await raw.pull(value);
    // Whether it waits for the calls inside or sends promises for them is its own affair.
    const settled = (part) =>
      Array.isArray(part) ? raw.seen.find((message) => message[1] === part[1])?.[2] : part;
    t.equal(kind, "resolve");
    await t.eventually(() => [settled(first), settled(second)], [3, "conformance"]);
  }),
  check("a pull repeated is answered once", async (t) => {
    const raw = await t.raw();
    const id = raw.call(["delay"], [20, "v"]);
    raw.send(["pull", id]);
    raw.send(["pull", id]);
    t.equal(await raw.next(), ["resolve", id, "v"]);
    t.equal((await raw.ask(["ping"], []))[2], "pong");
    t.equal(raw.seen.length, 2, "messages in all");
  }),
  check("what nobody pulls is not sent", async (t) => {
    const raw = await t.raw();
    raw.call(["ping"], []);
    raw.call(["throwError"], ["Error", "quiet"]);
    t.equal(await raw.ask(["add"], [1, 1]), ["resolve", 3, 2]);
    t.equal(raw.seen.length, 1, "messages in all");
  }),
];
