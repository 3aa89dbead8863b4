// Peers that break the protocol or its bounds: their session ends, and nobody else's.

import { setTimeout as sleep } from "node:timers/promises";

import { check } from "../harness.mjs";

/** A session that was there before, with an object, and must have it after. */
async function bystander(t) {
  const { main } = await t.connect();
  const counter = await main.makeCounter(0);
  return async () => {
    t.equal(await t.soon(counter.increment(), "the bystander's call"), 1, "the bystander's object");
    t.equal(await main.ping(), "pong", "the bystander's ping");
  };
}

/** An attack after which the attacker's session is aborted. */
const aborts = (name, attack, options) =>
  check(`${name} ends the session`, async (t) => {
    const goesOn = await bystander(t);
    const raw = await t.raw();
    await attack(raw, t);
    await t.aborted(raw);
    await goesOn();
  }, options);

/** One message, as text or as a value. */
const message = (name, text, options) => aborts(name, (raw) => raw.send(text), options);

/** One expression as the argument of a call. */
const argument = (name, expression, options) =>
  aborts(name, (raw) => raw.call(["argCount"], [expression]), options);

/** An attack that the server may answer or end, as long as it goes on itself. */
const survives = (name, attack, options) =>
  check(`the server survives ${name}`, async (t) => {
    const goesOn = await bystander(t);
    const raw = await t.raw();
    await attack(raw, t);
    await goesOn();
    const late = await t.connect();
    t.equal(await late.main.ping(), "pong", "a session that came after");
  }, { deadline: 60_000, ...options });

const arrays = (depth) => "[".repeat(depth) + "]".repeat(depth);
const objects = (depth) => '{"k":'.repeat(depth) + "1" + "}".repeat(depth);
const pushText = (argument) => `["push",["pipeline",0,["argCount"],[${argument}]]]`;

/** Maps whose every level maps ten elements again; the capture is the main object. */
function bomb(levels) {
  const ten = ["pipeline", -1, ["fib"], [10]];
  let instructions = [ten, 1];
  for (let level = 1; level < levels; level += 1) {
    instructions = [ten, ["remap", 1, [], [["import", -1]], instructions], ["pipeline", 2]];
  }
  return instructions;
}

const aRemap = (captures, instructions) => (raw) => {
  const list = raw.call(["fib"], [4]);
  return raw.push(["remap", list, [], captures, instructions]);
};

/** A bad mapper: its result is rejected, or the session ends. */
const mapper = (name, instructions, { captures = [], ...options } = {}) =>
  check(`a mapper with ${name} is rejected, or ends the session`, async (t) => {
    const goesOn = await bystander(t);
    const raw = await t.raw();
    const result = aRemap(captures, instructions)(raw);
    raw.send(["pull", result]);
    const [kind, , value] = await raw.next();
    t.holds(kind === "reject" || kind === "abort", "a reject or an abort", [kind, value]);
    await goesOn();
  }, options);

const LENIENT = "it reads what it can of it";
const UNCHECKED = "it does not look";

export default [
  // Not messages

  message("a text that is not JSON", "hello"),
  message("an empty message", ""),
  message("half a message", '["push",["pipeline",0,["ping"],[]'),
  message("a message with more after it", '["pull",0] ["pull",0]'),
  message("a number with a leading zero", '["pull",01]'),
  message("a comma too many", '["pull",0,]'),
  message("a raw control character in a text", '["push","a\nb"]'),
  message("a bad escape in a text", '["push","\\x"]'),
  message("an object", "{}"),
  message("a text", '"push"'),
  message("null", "null"),
  message("an empty array", []),
  message("an array in an array", [["pull", 0]]),
  message("an unknown kind of message", ["frobnicate", 1]),
  message("a kind that is no text", [7, 1]),
  message("a kind that is a name of Object.prototype", ["constructor", 1]),
  aborts("a binary frame", (raw) => raw.socket.send(Buffer.from('["pull",0]')), {
    notReference: "where bytes are text for its parser",
  }),
  aborts("a binary frame of noise", (raw) => raw.socket.send(Buffer.from([0, 255, 254, 1]))),

  // Messages of wrong form

  message("a push of nothing", ["push"]),
  message("a stream of nothing", ["stream"]),
  message("a pull of nothing", ["pull"]),
  message("a pull of a text", ["pull", "1"]),
  message("a pull of null", ["pull", null]),
  message("a release without a count", ["release", 0]),
  message("a release with a text for a count", ["release", 0, "1"]),
  message("a release of a text", ["release", "0", 1]),
  message("a resolve without a value", ["resolve", 1]),
  message("a resolve of a text", ["resolve", "1", 5]),
  message("a reject without a value", ["reject", 1]),

  // Names and counts that are not there

  message("a pull of an unknown id", ["pull", 99]),
  message("a pull of an unknown id of the server's", ["pull", -99]),
  message("a pull of an id that is no whole number", ["pull", 0.5]),
  message("a pull of an enormous id", ["pull", 1e308]),
  message("a release of an unknown id", ["release", 99, 1]),
  message("a release of more than there are", ["release", 0, 5]),
  aborts("a second release", async (raw) => {
    const id = raw.call(["ping"], []);
    raw.send(["release", id, 1]);
    raw.send(["release", id, 1]);
  }),
  aborts("a call of what was released", async (raw) => {
    const id = raw.call(["makeCounter"], [1]);
    raw.send(["release", id, 1]);
    raw.call(["increment"], [], id);
  }),
  aborts("a negative release", (raw) => {
    raw.send(["release", raw.call(["makeCounter"], [1]), -1]);
  }, { notReference: UNCHECKED }),
  aborts("a release of half a reference", (raw) => {
    raw.send(["release", raw.call(["makeCounter"], [1]), 0.5]);
  }, { notReference: UNCHECKED }),
  message("a call of an unknown id", ["push", ["pipeline", 99, ["ping"], []]]),
  message("a call of an unknown id of the server's", ["push", ["pipeline", -1, ["ping"], []]]),
  argument("an import of an unknown id", ["import", 42]),
  argument("a pipeline of an unknown id", ["pipeline", 42]),
  argument("a remap of an unknown id", ["remap", 42, [], [], [1]]),
  aborts("a call of one's own id to be", (raw) => raw.push(["pipeline", 1, ["ping"], []])),

  // Expressions of wrong form

  argument("an unknown expression", ["frobnicate", 1]),
  argument("an expression named constructor", ["constructor", 1]),
  argument("an expression that is an unescaped array", [1, 2]),
  argument("an empty expression", []),
  argument("a bigint of letters", ["bigint", "12x"]),
  argument("a bigint of a number", ["bigint", 12]),
  argument("a bigint with a point", ["bigint", "1.5"]),
  argument("a date of a text", ["date", "2020"]),
  argument("bytes of a number", ["bytes", 5]),
  argument("bytes of an unknown container", ["bytes", "AAAA", "Uint7Array"]),
  argument("bytes of a container that is a name of Object.prototype", ["bytes", "AAAA", "constructor"]),
  argument("bytes of a container that is a number", ["bytes", "AAAA", 5]),
  argument("bytes that are no whole elements", ["bytes", "AAAA", "Int32Array"]),
  argument("bytes that are not base64", ["bytes", "!!!!"], { notReference: LENIENT }),
  argument("bytes with one character of base64 too many", ["bytes", "AAAAA"], { notReference: LENIENT }),
  argument("an error whose name is a number", ["error", 1, "m"]),
  argument("an error without a message", ["error", "Error"]),
  argument("an error whose properties are an array", ["error", "Error", "m", null, []]),
  argument("an error whose properties are a number", ["error", "Error", "m", null, 5]),
  argument("an undefined with more", ["undefined", 1]),
  argument("a url that is none", ["url", "::no url::"]),
  argument("a url of a number", ["url", 5]),
  argument("headers that are a text", ["headers", "a: b"]),
  argument("headers that are not pairs", ["headers", [["a"]]]),
  argument("headers with a line break", ["headers", [["a", "b\r\nc: d"]]]),
  argument("a request without its rest", ["request", "https://example.com/"]),
  argument("a request whose url is a number", ["request", 5, {}]),
  argument("a request whose body is a number", ["request", "https://example.com/", { method: "POST", body: 5 }]),
  argument("a request whose headers are an object", ["request", "https://example.com/", { headers: { a: "b" } }]),
  argument("a response whose body is a number", ["response", 5, {}]),
  argument("a response whose rest is null", ["response", null, null]),
  argument("a response of status 99", ["response", null, { status: 99 }]),
  argument("a blob without its stream", ["blob", "text/plain", 5]),
  argument("a blob whose type is a number", ["blob", 5, ["readable", 1]]),
  argument("an export of a text", ["export", "1"]),
  argument("a promise of null", ["promise", null]),
  argument("a writable of a text", ["writable", "x"]),
  argument("a readable of a text", ["readable", "x"]),
  argument("an import with a path that is a text", ["import", 0, "ping"]),
  argument("a pipeline with a path of objects", ["pipeline", 0, [{}]]),
  argument("a pipeline with a path of null", ["pipeline", 0, [null]]),
  argument("a pipeline whose arguments are an object", ["pipeline", 0, ["ping"], {}]),
  argument("a pipeline with more than arguments", ["pipeline", 0, ["ping"], [], 1]),
  argument("a pipeline of a text", ["pipeline", "0", ["ping"], []]),
  argument("a remap without instructions", ["remap", 0, ["config"], []]),
  argument("a remap with captures that are numbers", ["remap", 0, ["config"], [1], [1]]),
  argument("a remap with captures of calls", ["remap", 0, ["config"], [["pipeline", 0]], [1]]),
  argument("a remap whose capture is unknown", ["remap", 0, ["config"], [["import", 77]], [1]]),
  message("a rejection with a bad expression", ["resolve", 5, ["frobnicate"]]),
  message("an abort with a bad expression", ["abort", ["frobnicate"]]),

  // Past the bounds

  message("400 nested arrays", pushText(arrays(800))),
  message("400 nested objects", pushText(objects(400))),
  message("half a million nested arrays", "[".repeat(500_000)),
  message("half a million nested arrays that are closed", pushText(arrays(500_000))),
  message("half a million nested objects", objects(500_000)),
  aborts("400 nested calls", (raw) => {
    raw.send(`["push",${'["pipeline",0,["echo"],['.repeat(400)}1${"]]".repeat(400)}]`);
  }),
  argument("a bigint of 16,400 digits", ["bigint", "7".repeat(16_400)]),
  argument("a bigint of a million digits", ["bigint", "7".repeat(1_000_000)]),
  aborts("a message of 34,000,000 characters", (raw) => raw.send(pushText(`"${"m".repeat(34_000_000)}"`)), {
    deadline: 60_000,
  }),
  aborts("a message of 34,000,000 blanks", (raw) => raw.send(" ".repeat(34_000_000)), { deadline: 60_000 }),

  // Floods

  survives("60,000 calls that are never pulled or released", async (raw, t) => {
    for (let index = 0; index < 60_000; index += 1) raw.call(["ping"], []);
    raw.send(["pull", 1]);
    const [kind] = await t.soon(raw.next(), "an answer or an abort", 30_000);
    t.holds(kind === "resolve" || kind === "abort", "an answer or an abort", kind);
  }),
  survives("60,000 stubs that are passed and held by nobody", async (raw, t) => {
    for (let index = 1; index <= 60_000; index += 1) raw.call(["argCount"], [["export", -index]]);
    await t.soon(raw.next(), "a release or an abort", 30_000);
  }),
  survives("10,000 stubs in one message", async (raw, t) => {
    raw.call(["argCount"], Array.from({ length: 10_000 }, (_, index) => ["export", -index - 1]));
    await t.soon(raw.next(), "a release or an abort", 30_000);
  }),
  survives("5,000 calls that never settle", async (raw) => {
    for (let index = 0; index < 5000; index += 1) raw.send(["pull", raw.call(["never"], [])]);
  }),
  survives("5,000 pipes that nobody reads", async (raw) => {
    for (let index = 0; index < 5000; index += 1) {
      raw.send(["pipe"]);
      raw.counted();
    }
  }),
  survives("a peer that asks for much and reads nothing", async (raw) => {
    raw.socket.pause();
    for (let index = 0; index < 200; index += 1) raw.send(["pull", raw.call(["makeString"], [500_000])]);
    await sleep(300);
    raw.socket.terminate();
  }),
  survives("a pipe into which much is written that nobody reads", async (raw) => {
    raw.send(["pipe"]);
    const pipe = raw.counted();
    raw.call(["stallThenRead"], [["readable", pipe], 100_000]);
    const chunk = ["bytes", "A".repeat(1 << 17)];
    for (let index = 0; index < 80; index += 1) raw.send(["stream", ["pipeline", pipe, ["write"], [chunk]]]);
    await sleep(200);
  }),
  check("20,000 calls at once are answered, each once", async (t) => {
    const goesOn = await bystander(t);
    const raw = await t.raw();
    const awaited = new Set();
    for (let round = 0; round < 40; round += 1) {
      for (let index = 0; index < 500; index += 1) {
        const id = raw.call(["ping"], []);
        raw.send(["pull", id]);
        awaited.add(id);
      }
      while (awaited.size > 0) {
        const [kind, id] = await raw.next();
        t.holds(kind === "resolve" && awaited.delete(id), "an answer to a call", [kind, id]);
        raw.send(["release", id, 1]);
      }
    }
    await goesOn();
  }, { deadline: 60_000 }),
  check("many small sessions come and go", async (t) => {
    const goesOn = await bystander(t);
    for (let round = 0; round < 10; round += 1) {
      const raws = await Promise.all(Array.from({ length: 20 }, () => t.raw()));
      raws.forEach((raw, index) => (index % 2 === 0 ? raw.send("[") : raw.socket.terminate()));
      await Promise.all(raws.map((raw) => raw.closed));
    }
    await goesOn();
  }, { deadline: 60_000 }),

  // Frames

  check("a message in many frames is one message", async (t) => {
    const raw = await t.raw();
    const text = JSON.stringify(["push", ["pipeline", 0, ["echo"], ["x\u00e9\u2713".repeat(1000)]]]);
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += 97) {
      const piece = bytes.subarray(start, start + 97);
      raw.socket.send(piece, { binary: false, fin: start + 97 >= bytes.length });
    }
    t.equal((await raw.pull(raw.counted()))[2], "x\u00e9\u2713".repeat(1000));
  }),
  check("a ping is answered", async (t) => {
    const raw = await t.raw();
    const pong = new Promise((resolve) => raw.socket.once("pong", (data) => resolve(data.toString())));
    raw.socket.ping("there?");
    t.equal(await t.soon(pong, "the pong"), "there?");
    t.equal((await raw.ask(["ping"], []))[2], "pong");
  }),
  check("a close is answered with a close", async (t) => {
    const raw = await t.raw();
    raw.socket.close(1000, "done");
    t.equal(await t.soon(raw.closed, "the close"), 1000);
  }),
  survives("a text frame that is not UTF-8", async (raw, t) => {
    raw.socket.send(Buffer.from([0x5b, 0xff, 0xfe, 0x5d]), { binary: false });
    await t.soon(raw.closed, "the close");
  }),
  survives("frames of one message past the bound, which never ends", async (raw, t) => {
    const piece = Buffer.alloc(1 << 20, 0x20);
    for (let index = 0; index < 110 && !raw.isClosed; index += 1) {
      raw.socket.send(piece, { binary: false, fin: false });
      if (index % 10 === 9) await sleep(5);
    }
    await t.soon(raw.closed, "the close", 30_000);
  }),
  survives("noise in the place of frames", async (raw, t) => {
    raw.socket._socket.write(Buffer.from("this is no frame at all, nor will it ever be one"));
    await t.soon(raw.closed, "the close");
  }),
  survives("a peer that asks for 400 MB and reads nothing", async (raw) => {
    raw.socket.pause();
    for (let index = 0; index < 400 && !raw.isClosed; index += 1) {
      raw.send(["pull", raw.call(["makeString"], [1_000_000])]);
    }
    await sleep(1000);
    raw.socket.terminate();
  }),
  survives("small messages by the ten thousand, each of no use", async (raw) => {
    for (let index = 0; index < 20_000; index += 1) raw.send(["resolve", -1 - index, index]);
    await raw.ask(["ping"], []);
  }),
  survives("the same pull ten thousand times", async (raw) => {
    const id = raw.call(["never"], []);
    for (let index = 0; index < 10_000; index += 1) raw.send(["pull", id]);
    await raw.ask(["ping"], []);
  }),
  survives("a chain of ten thousand pipelined calls", async (raw, t) => {
    let id = raw.call(["delay"], [50, 0]);
    for (let index = 0; index < 10_000; index += 1) id = raw.push(["pipeline", 0, ["echo"], [["pipeline", id]]]);
    raw.send(["pull", id]);
    await t.soon(raw.next(), "an answer or an abort", 30_000);
  }),
  survives("a chain of ten thousand properties of what never comes", async (raw) => {
    let id = raw.call(["never"], []);
    for (let index = 0; index < 10_000; index += 1) id = raw.push(["pipeline", id, ["a"]]);
    raw.send(["pull", id]);
    await sleep(100);
  }),
  survives("a path of a hundred thousand names", async (raw, t) => {
    raw.send(["pull", raw.push(["pipeline", 0, Array(100_000).fill("child")])]);
    await t.soon(raw.next(), "an answer or an abort", 30_000);
  }),
  check("a path through many objects leads where it says", async (t) => {
    const raw = await t.raw();
    t.equal((await raw.pull(raw.push(["pipeline", 0, [...Array(1000).fill("child"), "id"]])))[2], 7);
  }),
  survives("a promise that is resolved with itself", async (raw) => {
    raw.call(["echo"], [["promise", -1]]);
    raw.send(["resolve", -1, ["pipeline", 1]]);
    raw.send(["pull", 1]);
    await sleep(100);
  }),
  survives("promises that are resolved with each other", async (raw) => {
    raw.call(["echo"], [["promise", -1], ["promise", -2]]);
    raw.call(["echo"], [["promise", -3]]);
    raw.send(["resolve", -1, ["pipeline", 2]]);
    raw.send(["resolve", -3, ["pipeline", 1]]);
    raw.send(["pull", 1]);
    raw.send(["pull", 2]);
    await sleep(100);
  }),
  survives("a promise that is resolved a thousand deep", async (raw) => {
    raw.send(["pull", raw.call(["echo"], [["promise", -1]])]);
    for (let index = 1; index <= 1000; index += 1) raw.send(["resolve", -index, ["promise", -index - 1]]);
    raw.send(["resolve", -1001, "bottom"]);
    await sleep(100);
  }),
  survives("stubs that call each other for ever", async (raw) => {
    // The server is asked to call back, and each call back asks it again.
    let calls = 0;
    const again = () => {
      if ((calls += 1) < 2000) raw.call(["call"], [["export", -calls], [[]], [[]]]);
    };
    raw.socket.on("message", (data) => {
      if (JSON.parse(data.toString())[0] === "push") again();
    });
    again();
    await sleep(300);
  }),

  // Mappers

  mapper("no instructions", []),
  mapper("an unknown variable", [["pipeline", 5, ["x"]]]),
  mapper("an unknown capture", [["pipeline", -1, []]]),
  mapper("an export", [["export", -1]]),
  mapper("a promise", [["promise", -1]]),
  mapper("a pipe", [["readable", 1]]),
  mapper("an unknown expression", [["frobnicate"], 1]),
  mapper("a variable that comes later", [["pipeline", 1, ["x"]], 1]),
  mapper("a variable that is a text", [["pipeline", "0", ["x"]], 1]),
  check("a mapper that reaches for names of Object.prototype gets nothing", async (t) => {
    const raw = await t.raw();
    const result = aRemap([], [["pipeline", 0, ["constructor"]]])(raw);
    raw.send(["pull", result]);
    const first = await raw.next();
    t.holds(JSON.stringify(first).includes("Function") === false, "nothing of a constructor", first);
    t.equal((await raw.ask(["ping"], []))[2], "pong");
  }),
  check("a mapper that multiplies itself is stopped", async (t) => {
    const goesOn = await bystander(t);
    const raw = await t.raw();
    const list = raw.call(["fib"], [10]);
    raw.send(["pull", raw.push(["remap", list, [], [["import", 0]], bomb(9)])]);
    // What it multiplies to comes in pieces: one of them, or the session, is where it ends.
    const isEnd = ([kind]) => kind === "reject" || kind === "abort";
    await t.soon(raw.until(isEnd), "a reject or an abort", 20_000);
    await goesOn();
  }, { notReference: "it has no bound on the work of a message" }),
  check("a mapper of few instructions and many elements is stopped or done, and others go on", async (t) => {
    const goesOn = await bystander(t);
    const raw = await t.raw();
    const list = raw.call(["echo"], [[Array.from({ length: 2000 }, (_, index) => index)]]);
    const inner = [["pipeline", -1, ["add"], [["pipeline", 0], 1]], ["pipeline", 1]];
    raw.send(["pull", raw.push(["remap", list, [], [["import", 0]], inner])]);
    await t.soon(raw.next(), "an answer or an abort", 20_000);
    await goesOn();
  }),

  // What is strange and yet allowed

  check("an answer to what was never asked is passed over", async (t) => {
    const raw = await t.raw();
    raw.send(["resolve", -99, 5]);
    raw.send(["reject", -99, ["error", "Error", "m"]]);
    raw.send(["resolve", 12345, { a: [[1]] }]);
    t.equal((await raw.ask(["ping"], []))[2], "pong");
  }),
  check("stubs in an answer to what was never asked are released", async (t) => {
    const raw = await t.raw();
    raw.send(["resolve", -99, { a: ["export", -5], b: [[["export", -6]]] }]);
    await t.eventually(() => raw.seenOf("release").map(([, id, count]) => [id, count]).sort(), [[-5, 1], [-6, 1]]);
    t.equal((await raw.ask(["ping"], []))[2], "pong");
  }),
  check("blanks around and within a message are allowed", async (t) => {
    const raw = await t.raw();
    raw.send(' \t\n["push", [ "pipeline", 0,\r\n["add"], [1, 2] ] ]\n');
    t.equal((await raw.pull(raw.counted()))[2], 3);
  }),
  check("escaped texts and lone surrogates do not end a session", async (t) => {
    const raw = await t.raw();
    raw.send('["push",["pipeline",0,["echo"],["\\u0041\\/\\ud800"]]]');
    const [kind, , text] = await raw.pull(raw.counted());
    t.equal([kind, text.slice(0, 2), text.length], ["resolve", "A/", 3]);
  }),
  check("a key twice in one object takes one of its values", async (t) => {
    const raw = await t.raw();
    raw.send('["push",["pipeline",0,["echo"],[{"a":1,"a":2}]]]');
    t.equal((await raw.pull(raw.counted()))[2], { a: 2 });
  }),
  check("base64 comes with padding and without", async (t) => {
    const raw = await t.raw();
    for (const text of ["AQ", "AQ==", "AQI", "AQI=", "AQID", ""]) {
      const [, , seen] = await raw.ask(["inspect"], [["bytes", text]]);
      t.equal(seen.hex, Buffer.from(text, "base64").toString("hex"), text);
    }
  }),
  check("a bigint of 16,384 digits and 250 levels are within the bounds", async (t) => {
    const raw = await t.raw();
    t.equal((await raw.ask(["argCount"], [["bigint", "8".repeat(16_384)]]))[2], 1);
    raw.send(pushText(arrays(500)));
    t.equal((await raw.pull(raw.counted()))[2], 1, "arrays");
    raw.send(pushText(objects(250)));
    t.equal((await raw.pull(raw.counted()))[2], 1, "objects");
  }),
];
