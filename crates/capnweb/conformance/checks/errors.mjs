// What a call is rejected with.

import { check } from "../harness.mjs";
import { inspect, make } from "../reference/values.mjs";

const types = ["Error", "EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"];

export default [
  ...types.map((name) =>
    check(`${name} keeps its type and message`, async (t) => {
      const { main } = await t.connect();
      const error = await t.rejects(main.throwError(name, `m of ${name}`), { name, message: `m of ${name}` });
      t.equal(error.constructor, globalThis[name], "its class");
      t.equal(Object.keys(error), [], "its properties");
    }),
  ),
  check("a rich error keeps its properties and cause", async (t) => {
    const { main } = await t.connect();
    const error = await t.rejects(main.throwRich());
    await t.same(error, make("error-rich"));
  }),
  check("what is thrown need not be an error", async (t) => {
    const { main } = await t.connect();
    for (const value of ["text", 42, null, { a: [1] }, [1, [2]], 5n, undefined]) {
      const thrown = await main.throwValue(value).then(
        () => t.holds(false, "a rejection", value),
        (thrown) => thrown,
      );
      await t.same(thrown, value, "what was thrown");
    }
  }),
  check("an error that is thrown as a value comes with its properties", async (t) => {
    const { main } = await t.connect();
    const thrown = await t.rejects(main.throwValue(make("error-rich")));
    await t.same(thrown, make("error-rich"));
  }),
  check("an unknown method rejects, and the session goes on", async (t) => {
    const { main } = await t.connect();
    const error = await t.rejects(main.noSuchMethod(1, 2));
    t.holds(error instanceof Error, "an error", error);
    t.equal(await main.ping(), "pong");
  }),
  check("calling what is no function rejects", async (t) => {
    const { main } = await t.connect();
    await t.rejects(main.config());
    await t.rejects(main.config.name());
    await t.rejects(main.ping.deeper());
    t.equal(await main.ping(), "pong");
  }),
  check("a thousand rejections leave the session whole", async (t) => {
    const { main } = await t.connect();
    const all = await Promise.allSettled(
      Array.from({ length: 1000 }, (_, index) => main.throwError("RangeError", `${index}`)),
    );
    t.equal(all.map(({ reason }) => reason?.message), Array.from({ length: 1000 }, (_, index) => `${index}`));
    t.equal(await main.ping(), "pong");
  }),
  check("an error among values is a value", async (t) => {
    const { main } = await t.connect();
    const value = { list: [new TypeError("a"), { deeper: new Error("b", { cause: "c" }) }] };
    await t.same(await main.echo(value), value);
  }),
  check("an error with a property that is itself an array of arrays", async (t) => {
    const { main } = await t.connect();
    const value = Object.assign(new Error("nest"), { matrix: [[1, 2], [3, 4]], empty: [], one: [[]] });
    await t.same(await main.echo(value), value);
  }),
  check("on the wire an error without properties has three elements", async (t) => {
    const raw = await t.raw();
    t.equal(await raw.ask(["throwError"], ["RangeError", "m"]), ["reject", 1, ["error", "RangeError", "m"]]);
    t.equal(await raw.ask(["make"], ["error"]), ["resolve", 2, ["error", "TypeError", "made"]]);
  }),
  check("on the wire an error with properties has five, and no stack", async (t) => {
    const raw = await t.raw();
    const [, , error] = await raw.ask(["throwRich"], []);
    t.equal(error.slice(0, 4), ["error", "TypeError", "rich", null]);
    t.equal(error[4], {
      code: "E_RICH",
      status: 418,
      when: ["date", 1e12],
      tags: [["a", "b"]],
      nested: { deep: [[1, 2]] },
      cause: ["error", "RangeError", "root cause"],
    });
    t.equal(error.length, 5);
  }),
  check("an unknown type of error becomes Error", async (t) => {
    const raw = await t.raw();
    const [, , seen] = await raw.ask(["inspect"], [["error", "DiskOnFireError", "m"]]);
    t.equal([seen.name, seen.message], ["Error", "m"]);
    for (const name of ["constructor", "__proto__", "toString"]) {
      const [, , seen] = await raw.ask(["inspect"], [["error", name, "m"]]);
      t.equal([seen.type, seen.name], ["error", "Error"], name);
    }
  }),
  check("a stack that a peer sends does not come back", async (t) => {
    const raw = await t.raw();
    const [, , back] = await raw.ask(["echo"], [["error", "Error", "m", "at secret (place)"]]);
    t.equal(back, ["error", "Error", "m"]);
  }),
  check("an error's properties may not be names of Object.prototype", async (t) => {
    const raw = await t.raw();
    const props = '{"__proto__":1,"constructor":2,"toString":3,"toJSON":4,"name":5,"message":6,"stack":7,"ok":8}';
    raw.send(`["push",["pipeline",0,["inspect"],[["error","Error","m",null,${props}]]]]`);
    const [, , seen] = await raw.pull(raw.counted());
    t.equal(Object.keys(seen.props), ["ok"]);
    t.equal([seen.name, seen.message], ["Error", "m"]);
  }),
  check("an error in a rejection is never an Error of the transport", async (t) => {
    const { main } = await t.connect();
    const error = await t.rejects(main.echo(main.throwError("URIError", "inner")));
    t.equal(await inspect(error), { type: "error", name: "URIError", message: "inner", props: {} });
  }),
];
