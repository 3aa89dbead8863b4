// Properties, and paths into them.

import { check } from "../harness.mjs";

const config = { name: "conformance", limits: { max: 10, min: -10 }, list: [10, 20, 30], nothing: null };

const OBJECT_NAMES = [
  "constructor", "__proto__", "toString", "valueOf", "hasOwnProperty", "isPrototypeOf", "toLocaleString",
  "propertyIsEnumerable", "__defineGetter__", "__lookupSetter__",
];

export default [
  check("a property is read whole", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.config, config);
  }),
  check("a path leads into a property", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.config.name, "conformance");
    t.equal(await main.config.limits, { max: 10, min: -10 });
    t.equal(await main.config.limits.min, -10);
    t.equal(await main.config.nothing, null);
    t.equal(await main.config.list, [10, 20, 30]);
  }),
  check("elements of an array are reached by number", async (t) => {
    const raw = await t.raw();
    t.equal((await raw.pull(raw.push(["pipeline", 0, ["config", "list", 1]])))[2], 20);
    t.equal((await raw.pull(raw.push(["pipeline", 0, ["config", "list", 2]])))[2], 30);
  }),
  check("an element out of range, or of a wrong number, is undefined", async (t) => {
    const raw = await t.raw();
    for (const index of [3, -1, 1.5, 1e300]) {
      t.equal((await raw.pull(raw.push(["pipeline", 0, ["config", "list", index]])))[2], ["undefined"], `${index}`);
    }
  }),
  check("elements of an array are reached by the text that the official client sends", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.config.list[1], 20);
    t.equal(await main.makeCounters(4)[3].increment(), 4);
    t.equal(await main.config.list[3], undefined);
    t.equal(await main.makeBundle().nested.list[1].increment(5), 7);
  }, { notReference: "its own proxies send indices as text, which its server takes for no element" }),
  check("an array has no length in a path", async (t) => {
    const { main } = await t.connect();
    t.equal([await main.config.list.length, await main.config.name.length], [undefined, undefined]);
  }),
  check("an unknown property is undefined", async (t) => {
    const { main } = await t.connect();
    t.equal([await main.nope, await main.config.nope, await main.child.nope], [undefined, undefined, undefined]);
  }),
  check("a path through undefined rejects", async (t) => {
    const { main } = await t.connect();
    await t.rejects(main.config.nope.deeper);
    await t.rejects(main.nope.deeper);
    await t.rejects(main.config.nope.deeper.still());
    t.equal(await main.ping(), "pong");
  }),
  check("a child is called, read and followed", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.child.hello("Ann"), "hello Ann");
    t.equal(await main.child.id, 7);
    t.equal(await main.child.child.child.hello("deep"), "hello deep");
    t.equal(await main.child.child.id, 7);
  }),
  check("a child that was awaited is a stub", async (t) => {
    const { main } = await t.connect();
    const child = await main.child;
    t.equal(await child.hello("Bob"), "hello Bob");
    t.equal(await child.child.id, 7);
    child[Symbol.dispose]();
    t.equal(await main.child.id, 7);
  }),
  check("names of Object.prototype are undefined in a path", async (t) => {
    const raw = await t.raw();
    for (const name of OBJECT_NAMES) {
      for (const path of [[name], ["config", name], ["child", name], ["config", "list", name], ["config", "name", name]]) {
        const [kind, , value] = await raw.pull(raw.push(["pipeline", 0, path]));
        t.equal([kind, value], ["resolve", ["undefined"]], path.join("."));
      }
    }
  }),
  check("names of Object.prototype are not called", async (t) => {
    const raw = await t.raw();
    for (const name of OBJECT_NAMES) {
      t.equal((await raw.ask([name], []))[0], "reject", name);
      t.equal((await raw.ask(["config", name], []))[0], "reject", `config.${name}`);
    }
    t.equal((await raw.ask(["constructor", "constructor"], ["return 1"]))[0], "reject");
    t.equal((await raw.ask(["ping"], []))[2], "pong");
  }),
  check("names of Object.prototype are dropped from objects that come in", async (t) => {
    const raw = await t.raw();
    const fields = [...OBJECT_NAMES, "toJSON"].map((name) => `${JSON.stringify(name)}:{"x":1}`).join();
    raw.send(`["push",["pipeline",0,["inspect"],[{${fields},"ok":3}]]]`);
    const [, , seen] = await raw.pull(raw.counted());
    t.equal(seen, { type: "object", fields: { ok: { type: "number", value: 3 } } });
  }),
  check("what is dropped with such a name is released", async (t) => {
    const raw = await t.raw();
    raw.send('["push",["pipeline",0,["inspect"],[{"toJSON":["export",-7],"constructor":{"a":["export",-8]}}]]]');
    await raw.pull(raw.counted());
    const released = () => raw.seenOf("release").map(([, id]) => id).sort();
    await t.eventually(released, [-7, -8], "what was released");
  }),
  check("a method read as a property is a function", async (t) => {
    const { main } = await t.connect();
    const ping = await main.ping;
    t.equal(await ping(), "pong");
  }),
];
