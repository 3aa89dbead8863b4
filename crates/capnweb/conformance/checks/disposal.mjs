// What is given back, and when.

import { setTimeout as sleep } from "node:timers/promises";

import { check } from "../harness.mjs";

const disposedOf = (t, main, key, disposed, created = disposed) =>
  t.eventually(() => main.trackedStats(key), { created, disposed }, "the record");

/** That the server's tables are as large as at first, and the client's too. */
async function tablesLike(t, session, first, what) {
  await t.eventually(() => session.main.tableStats(), first, what);
}

export default [
  check("table sizes are told", async (t) => {
    const { main } = await t.connect();
    const stats = await main.tableStats();
    t.equal(Object.keys(stats).sort(), ["exports", "imports"]);
    t.holds(Number.isInteger(stats.imports) && Number.isInteger(stats.exports), "numbers", stats);
  }),
  check("tables count what is held", async (t) => {
    const { main } = await t.connect();
    const before = await main.tableStats();
    const counters = await main.makeCounters(10);
    const during = await main.tableStats();
    t.equal(during.exports - before.exports, 10, "exports for ten counters");
    for (const counter of counters) counter[Symbol.dispose]();
    await t.eventually(() => main.tableStats(), before, "the tables after disposal");
    await main.hold("k", () => 1);
    t.equal((await main.tableStats()).imports - before.imports, 1, "imports for one held stub");
    await main.drop("k");
    await t.eventually(() => main.tableStats(), before, "the tables after the drop");
  }),
  check("a thousand calls leave nothing in the tables", async (t) => {
    const session = await t.connect();
    const first = await session.main.tableStats();
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => session.main.echo({ index, list: [index] })));
    }
    await tablesLike(t, session, first, "after 1,000 calls");
    t.holds(session.stats().imports <= 2, "the client's imports", session.stats());
  }),
  check("a thousand callbacks leave nothing in the tables", async (t) => {
    const session = await t.connect();
    const first = await session.main.tableStats();
    for (let round = 0; round < 10; round += 1) await session.main.callMany((index) => index, 100);
    await tablesLike(t, session, first, "after 1,000 callbacks");
    await t.eventually(() => session.stats().exports, (exports) => exports <= 1, "the client's exports");
  }),
  check("rejections leave nothing in the tables", async (t) => {
    const session = await t.connect();
    const first = await session.main.tableStats();
    await Promise.allSettled(Array.from({ length: 200 }, () => session.main.throwRich()));
    await Promise.allSettled(Array.from({ length: 200 }, () => session.main.noSuch(() => 1)));
    await tablesLike(t, session, first, "after 400 rejections");
  }),
  check("maps leave nothing in the tables", async (t) => {
    const session = await t.connect();
    const first = await session.main.tableStats();
    const { main } = session;
    for (let round = 0; round < 20; round += 1) {
      const users = main.users();
      const result = await users.map(({ id, tags }) => ({ p: main.profile(id), t: tags.map((tag) => main.echo(tag)) }));
      result[Symbol.dispose]();
      users[Symbol.dispose]();
    }
    await tablesLike(t, session, first, "after 20 maps");
  }),
  check("streams leave nothing in the tables", async (t) => {
    const session = await t.connect();
    const first = await session.main.tableStats();
    const { main } = session;
    for (let round = 0; round < 10; round += 1) {
      await main.readAll(new Blob(["abc"]).stream());
      for await (const chunk of await main.makeStream([1, 2, 3])) t.holds(chunk > 0, "a chunk");
      const writer = (await main.openSink(t.key())).getWriter();
      await writer.write(1);
      await writer.close();
      await main.inspect(new Blob(["x"]));
    }
    await tablesLike(t, session, first, "after 40 streams");
  }),
  check("promises in results leave nothing in the tables", async (t) => {
    const session = await t.connect();
    const first = await session.main.tableStats();
    const { main } = session;
    for (let round = 0; round < 10; round += 1) {
      (await main.promiseField(1, round))[Symbol.dispose]();
      await main.promiseFieldReject(1, "m").catch(() => {});
      await main.sendPromise((value) => value, 1, round);
    }
    await tablesLike(t, session, first, "after 30 promises");
  }),
  check("an object is there until its stub is disposed", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const tracked = await main.makeTracked(key);
    t.equal(await main.trackedStats(key), { created: 1, disposed: 0 });
    t.equal(await tracked.touch(), "touched");
    tracked[Symbol.dispose]();
    await disposedOf(t, main, key, 1);
  }),
  check("an object with two stubs is there until both are disposed", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const tracked = await main.makeTracked(key);
    const twin = tracked.dup();
    tracked[Symbol.dispose]();
    t.equal(await twin.touch(), "touched");
    t.equal(await main.trackedStats(key), { created: 1, disposed: 0 });
    twin[Symbol.dispose]();
    await disposedOf(t, main, key, 1);
  }),
  check("a promise that is disposed unawaited gives its object back", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const promise = main.makeTracked(key);
    promise[Symbol.dispose]();
    await disposedOf(t, main, key, 1);
  }),
  check("a promise used only for a pipelined call gives its object back", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const promise = main.makeTracked(key);
    t.equal(await promise.touch(), "touched");
    promise[Symbol.dispose]();
    await disposedOf(t, main, key, 1);
  }),
  check("a bundle gives all its objects back", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const bundle = await main.makeTrackedBundle(key, 5);
    t.equal([bundle.label, bundle.items.length], ["tracked", 5]);
    t.equal(await main.trackedStats(key), { created: 5, disposed: 0 });
    t.equal(await bundle.items[3].touch(), "touched");
    bundle[Symbol.dispose]();
    await disposedOf(t, main, key, 5);
  }),
  check("of a bundle one may be kept", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const bundle = await main.makeTrackedBundle(key, 3);
    const kept = bundle.items[1].dup();
    bundle[Symbol.dispose]();
    await disposedOf(t, main, key, 2, 3);
    t.equal(await kept.touch(), "touched");
    kept[Symbol.dispose]();
    await disposedOf(t, main, key, 3);
  }),
  check("a bundle that is disposed unawaited", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const bundle = main.makeTrackedBundle(key, 4);
    t.equal(await bundle.label, "tracked");
    bundle[Symbol.dispose]();
    await disposedOf(t, main, key, 4);
  }),
  check("a result of which only a member was asked", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const label = await (() => {
      const bundle = main.makeTrackedBundle(key, 2);
      const label = bundle.label;
      setTimeout(() => bundle[Symbol.dispose](), 20);
      return label;
    })();
    t.equal(label, "tracked");
    await disposedOf(t, main, key, 2);
  }),
  check("a stub that went home as an argument is still the client's", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const tracked = await main.makeTracked(key);
    await main.argCount(tracked);
    t.equal(await main.trackedStats(key), { created: 1, disposed: 0 }, "after it was an argument");
    t.equal(await tracked.touch(), "touched");
    tracked[Symbol.dispose]();
    await disposedOf(t, main, key, 1);
  }),
  check("an object in the result of a map is given back", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const result = await main.fib(4).map(() => main.makeTracked(key));
    t.equal(await result[2].touch(), "touched");
    result[Symbol.dispose]();
    await disposedOf(t, main, key, 4);
  }),
  check("an object that a map only passed through is given back", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    t.equal(await main.fib(3).map(() => main.makeTracked(key).touch()), ["touched", "touched", "touched"]);
    await disposedOf(t, main, key, 3);
  }),
  check("an object whose client leaves in order is given back", async (t) => {
    const [leaver, witness] = [await t.connect(), await t.connect()];
    const key = t.key();
    await leaver.main.makeTrackedBundle(key, 3);
    await leaver.main.makeTracked(key);
    await leaver.close();
    await disposedOf(t, witness.main, key, 4);
  }),
  check("an object whose client is cut off is given back", async (t) => {
    const [leaver, witness] = [await t.connect(), await t.connect()];
    const key = t.key();
    await leaver.main.makeTracked(key);
    leaver.terminate();
    await disposedOf(t, witness.main, key, 1);
  }),
  check("an object whose client disposes its main stub is given back", async (t) => {
    const [leaver, witness] = [await t.connect(), await t.connect()];
    const key = t.key();
    await leaver.main.makeTracked(key);
    leaver.main[Symbol.dispose]();
    await disposedOf(t, witness.main, key, 1);
  }),
  check("an object whose session the server aborts is given back", async (t) => {
    const [leaver, witness] = [await t.connect(), await t.connect()];
    const key = t.key();
    await leaver.main.makeTracked(key);
    await leaver.main.abortSession("enough");
    await disposedOf(t, witness.main, key, 1);
  }),
  check("a release may give back several references at once", async (t) => {
    const raw = await t.raw();
    const key = t.key();
    const tracked = raw.call(["makeTracked"], [key]);
    const [, , first] = await raw.pull(tracked);
    t.equal(first[0], "export");
    const [, , echo] = await raw.ask(["echoStub"], [["import", first[1]]]);
    t.holds(echo !== undefined, "an echo");
    raw.send(["release", tracked, 1]);
    await sleep(10);
    t.equal((await raw.ask(["touch"], [], first[1]))[2], "touched");
    raw.send(["release", first[1], 1]);
    const witness = await t.connect();
    await t.eventually(() => witness.main.trackedStats(key), ({ created }) => created === 1);
  }),
  check("the last reference is gone when the release says so, and not before", async (t) => {
    const raw = await t.raw();
    const key = t.key();
    const tracked = raw.call(["makeTracked"], [key]);
    const [, , stub] = await raw.pull(tracked);
    const stats = async () => (await raw.ask(["trackedStats"], [key]))[2];
    t.equal(await stats(), { created: 1, disposed: 0 });
    raw.send(["release", tracked, 1]);
    t.equal(await stats(), { created: 1, disposed: 0 }, "after the call was released");
    raw.send(["release", stub[1], 1]);
    await t.eventually(stats, { created: 1, disposed: 1 });
  }),
  check("stubs in an answer that nobody waits for any more are released", async (t) => {
    const { main } = await t.connect();
    const key = t.key();
    const promise = main.makeTracked(key);
    promise.then(() => {}, () => {});
    promise[Symbol.dispose]();
    await disposedOf(t, main, key, 1);
  }),
];
