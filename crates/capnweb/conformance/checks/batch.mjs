// HTTP batches: one session a request.

import { check } from "../harness.mjs";
import { make } from "../reference/values.mjs";

const lines = (...messages) => messages.map((message) => JSON.stringify(message)).join("\n");

const parsed = ({ body }) => (body === "" ? [] : body.split("\n").map((line) => JSON.parse(line)));

export default [
  check("one call", async (t) => t.equal(await t.batch().ping(), "pong")),
  check("several calls in one batch", async (t) => {
    const main = t.batch();
    t.equal(await Promise.all([main.ping(), main.add(1, 2), main.echo({ a: [5n] }), main.delay(30, "late")]), [
      "pong", 3, { a: [5n] }, "late",
    ]);
  }),
  check("pipelined calls in one batch", async (t) => {
    const main = t.batch();
    const counter = main.makeCounter(1);
    t.equal(await Promise.all([counter.increment(), counter.increment(), main.add(counter.value, 10)]), [2, 3, 13]);
  }),
  check("a map in a batch", async (t) => {
    const main = t.batch();
    t.equal(await main.users().map((user) => ({ name: user.name, bio: main.profile(user.id).bio })), [
      { name: "Ann", bio: "bio of 1" }, { name: "Bob", bio: "bio of 2" }, { name: "Cy", bio: "bio of 3" },
    ]);
  }),
  check("errors in a batch fail their own calls", async (t) => {
    const main = t.batch();
    const [bad, good] = await Promise.allSettled([main.throwError("RangeError", "in a batch"), main.ping()]);
    t.equal([bad.reason.name, bad.reason.message, good.value], ["RangeError", "in a batch", "pong"]);
  }),
  check("values of all kinds in a batch", async (t) => {
    const main = t.batch();
    const [mixed, rich] = await Promise.all([main.make("mixed"), main.echo(make("error-rich"))]);
    await t.same(mixed, make("mixed"));
    await t.same(rich, make("error-rich"));
  }),
  check("properties and children in a batch", async (t) => {
    const main = t.batch();
    t.equal(await Promise.all([main.config.limits.max, main.child.child.hello("b")]), [10, "hello b"]);
  }),
  check("a promise in a result in a batch", async (t) => {
    t.equal(await t.batch().promiseField(20, 7), { now: "now", later: 7 });
  }),
  check("500 calls in one batch", async (t) => {
    const main = t.batch();
    const sums = await Promise.all(Array.from({ length: 500 }, (_, index) => main.add(index, 1)));
    t.equal(sums, Array.from({ length: 500 }, (_, index) => index + 1));
  }),
  check("each request has a main object of its own", async (t) => {
    const first = t.batch();
    t.equal(await first.hold("k", 1).catch(() => null), null);
    const second = t.batch();
    await t.rejects(second.heldCall("k", []), { name: "RangeError" });
  }),
  check("records are one process's", async (t) => {
    const key = t.key();
    const { main } = await t.connect();
    const tracked = await main.makeTracked(key);
    t.equal(await t.batch().trackedStats(key), { created: 1, disposed: 0 });
    tracked[Symbol.dispose]();
  }),
  check("what a request made is given back at its end", async (t) => {
    const key = t.key();
    const main = t.batch();
    t.equal(await main.makeTrackedBundle(key, 3).label, "tracked");
    await t.eventually(() => t.batch().trackedStats(key), { created: 3, disposed: 3 });
  }),
  check("tables are one request's", async (t) => {
    const [a, b] = [await t.batch().tableStats(), await t.batch().tableStats()];
    t.equal(a, b);
  }),
  check("an empty body gives an empty body", async (t) => t.equal(await t.post(""), { status: 200, body: "" })),
  check("answers are lines, without one at the end", async (t) => {
    const reply = await t.post(lines(
      ["push", ["pipeline", 0, ["ping"], []]], ["pull", 1], ["push", ["pipeline", 0, ["add"], [1, 2]]], ["pull", 2],
    ));
    t.equal([reply.status, reply.body.endsWith("\n")], [200, false]);
    t.equal(parsed(reply).sort((a, b) => a[1] - b[1]), [["resolve", 1, "pong"], ["resolve", 2, 3]]);
  }),
  check("what is not pulled is not answered", async (t) => {
    t.equal(await t.post(lines(["push", ["pipeline", 0, ["ping"], []]])), { status: 200, body: "" });
  }),
  check("other methods are refused", async (t) => {
    for (const method of ["GET", "PUT", "DELETE", "PATCH"]) {
      const { status } = await t.post("", method);
      t.holds(status >= 400 && status < 500, `a 4xx for ${method}`, status);
    }
  }),
  check("a batch that is a protocol error ends, and others go on", async (t) => {
    const bad = ["not json", "[", "{}", '["pull",99]', '["push"]', lines(["release", 5, 1]), '["push",["pipeline",9,["ping"],[]]]'];
    for (const body of bad) {
      const reply = await t.post(body);
      const isAbort = reply.status === 200 && parsed(reply).some(([kind, error]) => kind === "abort" && error[0] === "error");
      t.holds(reply.status >= 400 || isAbort, `an error status or an abort for ${body}`, reply);
    }
    t.equal(await t.batch().ping(), "pong");
  }),
  check("a protocol error after calls that wait does not hang", async (t) => {
    const reply = await t.post(lines(["push", ["pipeline", 0, ["never"], []]], ["pull", 1]) + "\n[");
    const isAbort = reply.status === 200 && parsed(reply).some(([kind]) => kind === "abort");
    t.holds(reply.status >= 400 || isAbort, "an error status or an abort", reply);
  }),
  check("a batch with a session that the server ends", async (t) => {
    const reply = await t.post(lines(["push", ["pipeline", 0, ["abortSession"], ["over"]]], ["pull", 1]));
    t.holds(reply.status < 600, "an answer", reply);
    t.equal(await t.batch().ping(), "pong");
  }),
  check("a batch past the bounds ends, and others go on", async (t) => {
    const echo = (argument) => `["push",["pipeline",0,["argCount"],[${argument}]]]\n["pull",1]`;
    const bad = [
      echo("[".repeat(800) + "]".repeat(800)),
      echo("[".repeat(500_000)),
      echo(`["bigint","${"7".repeat(16_400)}"]`),
      echo(`"${"m".repeat(34_000_000)}"`),
    ];
    for (const body of bad) {
      const reply = await t.post(body).catch((error) => ({ status: 400, body: String(error) }));
      const isAbort = reply.status === 200 && parsed(reply).some(([kind]) => kind === "abort");
      t.holds(reply.status >= 400 || isAbort, `an error status or an abort for ${body.slice(0, 60)}`, reply);
    }
    t.equal(await t.batch().ping(), "pong");
  }, { deadline: 60_000 }),
  check("a batch with empty lines ends, or passes them over", async (t) => {
    const reply = await t.post(`${lines(["push", ["pipeline", 0, ["ping"], []]], ["pull", 1])}\n`);
    t.holds(reply.status !== undefined, "an answer", reply);
    t.equal(await t.batch().ping(), "pong");
  }),
  check("a batch whose calls call back does not hang what does not wait for it", async (t) => {
    const reply = await t.post(lines(
      ["push", ["pipeline", 0, ["callLater"], [["export", -1], 5, "x"]]], ["pull", 1],
    ));
    t.holds(parsed(reply).some(([kind, id, value]) => kind === "resolve" && id === 1 && value === "scheduled"), "scheduled", reply);
  }),
  check("20 batches at once", async (t) => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => t.batch().delay(20, index)));
    t.equal(all, Array.from({ length: 20 }, (_, index) => index));
  }),
  check("a batch of 5 MB", async (t) => {
    t.equal(await t.batch().argCount("z".repeat(5_000_000)), 1);
  }),
];
