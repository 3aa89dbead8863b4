// Functions that the client sends to be applied where the values are.

import { capnweb } from "../packages.mjs";
import { check } from "../harness.mjs";

const { RpcStub } = capnweb;

export default [
  check("each element is itself", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.fib(8), [0, 1, 1, 2, 3, 5, 8, 13]);
    t.equal(await main.fib(8).map((x) => x), [0, 1, 1, 2, 3, 5, 8, 13]);
  }),
  check("a member of each element", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.users().map((user) => user.name), ["Ann", "Bob", "Cy"]);
    t.equal(await main.users().map((user) => user.tags), [["t1", "all"], ["t2", "all"], ["t3", "all"]]);
  }),
  check("an object made of members", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.users().map(({ id, name }) => ({ id, who: { name }, constant: [1, "x", 5n] })), [
      { id: 1, who: { name: "Ann" }, constant: [1, "x", 5n] },
      { id: 2, who: { name: "Bob" }, constant: [1, "x", 5n] },
      { id: 3, who: { name: "Cy" }, constant: [1, "x", 5n] },
    ]);
  }),
  check("a call with each element", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.fib(6).map((x) => main.add(x, 100)), [100, 101, 101, 102, 103, 105]);
  }),
  check("a call with a member of each element, and the member beside its result", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.users().map((user) => ({ name: user.name, profile: main.profile(user.id) })), [
      { name: "Ann", profile: { id: 1, bio: "bio of 1" } },
      { name: "Bob", profile: { id: 2, bio: "bio of 2" } },
      { name: "Cy", profile: { id: 3, bio: "bio of 3" } },
    ]);
  }),
  check("calls one on the result of another", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.users().map((user) => main.profile(user.id).bio), ["bio of 1", "bio of 2", "bio of 3"]);
    t.equal(await main.fib(4).map((x) => main.add(main.add(x, 1), main.add(x, x))), [1, 4, 4, 7]);
    t.equal(await main.fib(4).map((x) => main.makeCounter(x).increment(10)), [10, 11, 11, 12]);
  }),
  check("a whole map is one round trip", async (t) => {
    const { main, socket } = await t.connect();
    let messages = 0;
    socket.on("message", () => (messages += 1));
    t.equal((await main.fib(50).map((x) => main.echo(x))).length, 50);
    t.holds(messages <= 101, "one message, and one for each computed element", messages);
  }),
  check("a map within a map", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.users().map((user) => user.tags.map((tag) => main.echo(tag))), [
      ["t1", "all"], ["t2", "all"], ["t3", "all"],
    ]);
    t.equal(await main.users().map((user) => user.tags.map((tag) => ({ tag, of: user.id }))), [
      [{ tag: "t1", of: 1 }, { tag: "all", of: 1 }],
      [{ tag: "t2", of: 2 }, { tag: "all", of: 2 }],
      [{ tag: "t3", of: 3 }, { tag: "all", of: 3 }],
    ]);
  }),
  check("three maps deep", async (t) => {
    const { main } = await t.connect();
    const sums = await main.fib(3).map((x) => main.fib(3).map((y) => main.fib(3).map((z) => main.add(main.add(x, y), z))));
    t.equal(sums, [0, 1, 1].map((x) => [0, 1, 1].map((y) => [0, 1, 1].map((z) => x + y + z))));
  }),
  check("a map of a map's result", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.fib(5).map((x) => main.add(x, 1)).map((y) => main.add(y, 10)), [11, 12, 12, 13, 14]);
  }),
  check("captures: a server's stub", async (t) => {
    const { main } = await t.connect();
    const counter = await main.makeCounter(0);
    t.equal((await main.fib(6).map((x) => counter.increment(x))).at(-1), 12);
    t.equal(await counter.value, 12);
  }),
  check("captures: a promise that is not there yet", async (t) => {
    const { main } = await t.connect();
    const counter = main.slowCounter(30, 100);
    const sums = await main.fib(4).map((x) => counter.increment(x));
    t.equal(sums, [100, 101, 102, 104]);
  }),
  check("captures: a stub of the client", async (t) => {
    const { main } = await t.connect();
    const seen = [];
    const callback = new RpcStub((x) => seen.push(x));
    const results = await main.fib(5).map((x) => main.call(callback, [], [x]));
    t.equal(results, [1, 2, 3, 4, 5]);
    t.equal(seen, [0, 1, 1, 2, 3]);
  }),
  check("captures: two, used in a nested map", async (t) => {
    const { main } = await t.connect();
    const add = await main.makeAdder(1000);
    const counter = await main.makeCounter(0);
    t.equal(await main.fib(3).map((x) => ({ a: add(x), n: main.fib(2).map(() => counter.increment()) })), [
      { a: 1000, n: [1, 2] }, { a: 1001, n: [3, 4] }, { a: 1001, n: [5, 6] },
    ]);
  }),
  check("captures are released", async (t) => {
    const { main } = await t.connect();
    const stats = { disposed: 0 };
    const callback = () => 1;
    callback[Symbol.dispose] = () => (stats.disposed += 1);
    const stub = new RpcStub(callback);
    await main.fib(3).map((x) => main.call(stub, [], [x]));
    stub[Symbol.dispose]();
    await t.eventually(() => stats.disposed, 1, "disposals");
  }),
  check("an element that fails", async (t) => {
    const { main } = await t.connect();
    await t.rejects(main.fib(6).map((x) => main.failIf(x, 3)), { name: "RangeError", message: "bad value 3" });
    t.equal(await main.fib(6).map((x) => main.failIf(x, 99)), [0, 1, 1, 2, 3, 5]);
    t.equal(await main.ping(), "pong");
  }),
  check("over null and undefined it is what it is over", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.make("null").map((x) => main.add(x, 1)), null);
    t.equal(await main.make("undefined").map((x) => main.add(x, 1)), undefined);
    t.equal(await main.config.nothing.map((x) => x.y), null);
  }),
  check("over one value it is that value's", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.make("int").map((x) => main.add(x, 1)), 43);
    t.equal(await main.profile(7).map((profile) => ({ b: profile.bio, i: profile.id })), { b: "bio of 7", i: 7 });
  }),
  check("over an empty array it is an empty array", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.fib(0).map((x) => main.add(x, 1)), []);
    t.equal(await main.makeCounters(0).map((counter) => counter.increment()), []);
  }),
  check("over stubs", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.makeCounters(4).map((counter) => counter.increment(10)), [10, 11, 12, 13]);
    t.equal(await main.makeCounters(3).map((counter) => ({ value: counter.value })), [{ value: 0 }, { value: 1 }, { value: 2 }]);
    t.equal(await main.makeCounters(3).map((counter) => main.incrementCounter(counter, 5)), [5, 6, 7]);
  }),
  check("stubs come out of it", async (t) => {
    const { main } = await t.connect();
    const counters = await main.fib(4).map((x) => main.makeCounter(x));
    t.equal(await Promise.all(counters.map((counter) => counter.increment())), [1, 2, 2, 3]);
  }),
  check("over a property", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.config.list.map((x) => main.add(x, 1)), [11, 21, 31]);
    t.equal(await main.makeBundle().nested.list.map((counter) => counter.increment()), [2, 3]);
  }),
  check("over what comes later", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.delay(30, [1, 2]).map((x) => main.delay(10, x)), [1, 2]);
  }),
  check("over values of all kinds", async (t) => {
    const { main } = await t.connect();
    const values = await main.make("mixed").map((x) => ({ x }));
    await t.same(values.map(({ x }) => x), await main.make("mixed"));
  }),
  check("over what fails", async (t) => {
    const { main } = await t.connect();
    await t.rejects(main.throwError("TypeError", "no list").map((x) => x), { name: "TypeError", message: "no list" });
    await t.rejects(main.noSuch().map((x) => main.echo(x)));
  }),
  check("a method that no element has", async (t) => {
    const { main } = await t.connect();
    await t.rejects(main.fib(3).map((x) => x.nope()));
    await t.rejects(main.fib(3).map(() => main.nope()));
    t.equal(await main.fib(3).map((x) => x.nope), [undefined, undefined, undefined]);
  }),
  check("a function that does not look at its element", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.fib(3).map(() => 7), [7, 7, 7]);
    t.equal(await main.fib(3).map(() => main.ping()), ["pong", "pong", "pong"]);
    t.equal(await main.fib(2).map(() => undefined), [undefined, undefined]);
  }),
  check("a thousand elements", async (t) => {
    const { main } = await t.connect();
    const thousand = Array.from({ length: 1000 }, (_, index) => index);
    t.equal(await main.echo(thousand).map((x) => main.add(x, 1)), thousand.map((x) => x + 1));
  }),
];
