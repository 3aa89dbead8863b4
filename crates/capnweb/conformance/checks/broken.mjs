// Sessions that end: what each side learns, and what others do not.

import { setTimeout as sleep } from "node:timers/promises";

import { check } from "../harness.mjs";

/** What a stub says when it breaks. */
const brokenness = (stub) => new Promise((resolve) => stub.onRpcBroken(resolve));

export default [
  check("the server learns that a client's stub broke when the client leaves", async (t) => {
    const [leaver, witness] = [await t.connect(), await t.connect()];
    const key = t.key();
    t.equal(await leaver.main.watchBroken(key, () => 1), null);
    t.equal(await witness.main.brokenStatus(key), null);
    await leaver.close();
    const status = await t.eventually(() => witness.main.brokenStatus(key), (status) => status !== null);
    t.equal([Object.keys(status), typeof status.message], [["message"], "string"]);
  }),
  check("the server learns that a client's stub broke when the client is cut off", async (t) => {
    const [leaver, witness] = [await t.connect(), await t.connect()];
    const key = t.key();
    await leaver.main.watchBroken(key, () => 1);
    leaver.terminate();
    await t.eventually(() => witness.main.brokenStatus(key), (status) => typeof status?.message === "string");
  }),
  check("the server's stub breaks with what a client's abort said", async (t) => {
    const [raw, witness] = [await t.raw(), await t.connect()];
    const key = t.key();
    await raw.ask(["watchBroken"], [key, ["export", -1]]);
    raw.send(["abort", ["error", "Error", "the client gave up"]]);
    await t.eventually(() => witness.main.brokenStatus(key), { message: "the client gave up" });
    await t.soon(raw.closed, "the close");
    t.equal(raw.seenOf("abort"), [], "aborts in answer to an abort");
  }),
  check("a call of the server's to a client that leaves fails", async (t) => {
    const [leaver, witness] = [await t.connect(), await t.connect()];
    const key = t.key();
    t.equal(await leaver.main.callAndRecord(key, () => new Promise(() => {})), null);
    t.equal(await witness.main.outcome(key), null);
    leaver.terminate();
    const outcome = await t.eventually(() => witness.main.outcome(key), (outcome) => outcome !== null);
    t.equal([Object.keys(outcome), typeof outcome.error], [["error"], "string"]);
  }),
  check("a call of the server's is recorded with its result or its error", async (t) => {
    const { main } = await t.connect();
    const [good, bad] = [t.key(), t.key()];
    await main.callAndRecord(good, async () => ({ fine: [1] }));
    await t.eventually(() => main.outcome(good), { ok: { fine: [1] } });
    await main.callAndRecord(bad, () => {
      throw new TypeError("not fine");
    });
    await t.eventually(() => main.outcome(bad), { error: "not fine" });
  }),
  check("an abort of the server's reaches the client as an error", async (t) => {
    const { main, closed } = await t.connect();
    const broken = brokenness(main);
    t.equal(await main.abortSession("out of patience"), null);
    const error = await t.soon(broken, "the break");
    t.equal([error.name, error.message], ["Error", "out of patience"]);
    await t.rejects(main.ping(), { message: "out of patience" });
    await t.soon(closed, "the close");
  }),
  check("an abort fails what waits, with its message", async (t) => {
    const { main } = await t.connect();
    const never = main.never();
    const stuck = main.slowCounter(100_000, 1).increment();
    const [first, second] = [t.rejects(never, { message: "stop" }), t.rejects(stuck, { message: "stop" })];
    await main.abortSession("stop");
    await t.soon(Promise.all([first, second]), "both rejections");
  }),
  check("an abort breaks stubs that were given", async (t) => {
    const { main } = await t.connect();
    const counter = await main.makeCounter(0);
    const broken = brokenness(counter);
    await main.abortSession("counter too");
    t.equal((await t.soon(broken, "the break")).message, "counter too");
    await t.rejects(Promise.resolve().then(() => counter.increment()), { message: "counter too" });
  }),
  check("on the wire an abort is an error of three elements, and a close of code 3000", async (t) => {
    const raw = await t.raw();
    t.equal((await raw.ask(["abortSession"], ["wire"]))[2], null);
    t.equal(await raw.next(), ["abort", ["error", "Error", "wire"]]);
    t.equal(await t.soon(raw.closed, "the close"), 3000, "the code");
  }),
  check("after an abort nothing is answered", async (t) => {
    const raw = await t.raw();
    raw.send("this is not JSON");
    for (let index = 0; index < 20; index += 1) raw.send(["pull", raw.call(["ping"], [])]);
    await t.aborted(raw);
    t.equal(raw.seen.length, 1, "messages in all");
  }),
  check("a dropped connection breaks the client's stubs", async (t) => {
    const { main } = await t.connect();
    const counter = await main.makeCounter(0);
    const broken = brokenness(counter);
    const never = t.rejects(main.never());
    t.equal(await main.dropConnection(), null);
    await t.soon(Promise.all([broken, never]), "the break");
    await t.rejects(main.ping());
  }),
  check("a dropped connection has no close frame", async (t) => {
    const raw = await t.raw();
    await raw.ask(["dropConnection"], []);
    t.equal(await t.soon(raw.closed, "the close"), 1006, "the code");
  }),
  check("sessions do not notice the end of others", async (t) => {
    const sessions = await Promise.all(Array.from({ length: 6 }, () => t.connect()));
    const counters = await Promise.all(sessions.map(({ main }, index) => main.makeCounter(index)));
    sessions[0].terminate();
    await sessions[1].close();
    await sessions[2].main.abortSession("one");
    sessions[3].socket.send("[");
    await sleep(50);
    t.equal(await Promise.all([counters[4].increment(), counters[5].increment()]), [5, 6]);
  }),
  check("a subscription of a client that is gone ends", async (t) => {
    const [leaver, witness] = [await t.connect(), await t.connect()];
    const key = t.key();
    await leaver.main.subscribe(() => {}, 1_000_000, 2);
    await leaver.main.makeTracked(key);
    leaver.terminate();
    await t.eventually(() => witness.main.trackedStats(key), { created: 1, disposed: 1 });
    t.equal(await witness.main.ping(), "pong");
  }),
  check("what was called later for a client that is gone harms nobody", async (t) => {
    const [leaver, witness] = [await t.connect(), await t.connect()];
    await leaver.main.callLater(() => 1, 30, "x");
    leaver.terminate();
    await sleep(80);
    t.equal(await witness.main.ping(), "pong");
  }),
  check("a client that leaves in the midst of calls harms nobody", async (t) => {
    const witness = await t.connect();
    for (let round = 0; round < 10; round += 1) {
      const leaver = await t.connect();
      for (let index = 0; index < 50; index += 1) leaver.main.delay(20, index).catch(() => {});
      leaver.main.callMany(() => sleep(10), 50).catch(() => {});
      await leaver.main.ping();
      leaver.terminate();
    }
    await sleep(50);
    t.equal(await witness.main.ping(), "pong");
  }),
  check("a session ended by its client fails its own calls", async (t) => {
    const { main } = await t.connect();
    const never = t.rejects(main.never());
    main[Symbol.dispose]();
    await t.soon(never, "the rejection");
  }),
];
