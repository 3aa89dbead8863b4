// Values of all kinds, both ways.

import { check } from "../harness.mjs";
import { fnv1a, inspect, kinds, make } from "../reference/values.mjs";

const number = (value) => ({ type: "number", value });
const string = (value) => ({ type: "string", value });
const error = (name, message, props = {}) => ({ type: "error", name, message, props });
const date = (ms) => ({ type: "date", ms });
const array = (...items) => ({ type: "array", items });
const object = (fields) => ({ type: "object", fields });
const bytes = (container, hex = "000102030405060708090a0b0c0d0e0f") => ({ type: "bytes", container, hex });
const blob = (mime, text) => ({
  type: "blob", mime, size: text.length, hash: fnv1a(new TextEncoder().encode(text)),
});

/** What each sample is, apart from the code that makes it. */
const pictures = {
  undefined: { type: "undefined" },
  null: { type: "null" },
  true: { type: "boolean", value: true },
  false: { type: "boolean", value: false },
  inf: number(Infinity),
  "-inf": number(-Infinity),
  nan: number(NaN),
  int: number(42),
  float: number(0.1),
  negative: number(-7.25),
  big: number(9007199254740991),
  string: string(JSON.parse('"h\\u00e9llo \\u2713 \\ud83d\\ude00 \\"q\\" \\\\ \\n\\t\\u0000"')),
  empty: string(""),
  bigint: { type: "bigint", digits: "123456789012345678901234567890" },
  "bigint-negative": { type: "bigint", digits: "-98765432109876543210" },
  date: date(1e12),
  "date-early": date(-1.5e12),
  "date-invalid": date(NaN),
  error: error("TypeError", "made"),
  "error-rich": error("TypeError", "rich", {
    code: string("E_RICH"),
    status: number(418),
    when: date(1e12),
    tags: array(string("a"), string("b")),
    nested: object({ deep: array(number(1), number(2)) }),
    cause: error("RangeError", "root cause"),
  }),
  "error-aggregate": error("AggregateError", "many", {
    errors: array(error("RangeError", "one"), error("TypeError", "two")),
  }),
  url: { type: "url", href: "https://example.com/path?q=1#frag" },
  headers: { type: "headers", pairs: [["content-type", "text/plain"], ["x-custom", "hello"]] },
  "request-get": {
    type: "request", url: "https://example.com/get", method: "GET", headers: [["x-a", "1"]], body: null,
  },
  "request-post": {
    type: "request", url: "https://example.com/post", method: "POST", headers: [["x-a", "2"]], body: "hello body",
  },
  "response-empty": { type: "response", status: 204, statusText: "", headers: [["x-a", "3"]], body: null },
  "response-body": { type: "response", status: 201, statusText: "Made", headers: [["x-a", "4"]], body: "created!" },
  "blob-text": blob("text/plain", "hello blob"),
  "blob-empty": blob("", ""),
  "array-nested": array(number(1), array(number(2), array(number(3), array())), array(), array(array())),
  object: object({
    a: number(1),
    b: object({ c: array(object({}), object({ d: { type: "null" } })) }),
    "": string("empty key"),
    e: { type: "undefined" },
  }),
  mixed: array(
    date(1e12),
    { type: "bigint", digits: "5" },
    { type: "undefined" },
    number(Infinity),
    bytes("Uint8Array", "010203"),
    object({ x: array(error("RangeError", "in array")) }),
    array(array(string("s"))),
  ),
};

const pictureOf = (kind) => pictures[kind] ?? bytes(kind);

/** Those that carry a stream cannot be given back by the server that took them. */
const carriesStream = (kind) => kind.startsWith("request") || kind.startsWith("response");

const samples = kinds.map((kind) =>
  check(`sample ${kind} comes, goes and is echoed`, async (t) => {
    const { main } = await t.connect();
    t.equal(await inspect(await main.make(kind)), pictureOf(kind), "what the server made");
    t.equal(await main.inspect(make(kind)), pictureOf(kind), "what the server decoded");
    if (!carriesStream(kind)) t.equal(await inspect(await main.echo(make(kind))), pictureOf(kind), "the echo");
  }),
);

const echoed = (name, value, options) =>
  check(`echo of ${name}`, async (t) => {
    const { main } = await t.connect();
    await t.same(await main.echo(value), value);
  }, options);

const nested = (depth) => {
  let value = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
};

const nestedObjects = (depth) => {
  let value = 1;
  for (let level = 0; level < depth; level += 1) value = { k: value };
  return value;
};

export default [
  ...samples,
  check("ping", async (t) => t.equal(await (await t.connect()).main.ping(), "pong")),
  check("two numbers are added", async (t) => {
    const { main } = await t.connect();
    t.equal([await main.add(2, 3), await main.add(-1.5, 0.25), await main.add(0, 0)], [5, -1.25, 0]);
  }),
  check("arguments are counted: none, undefined, null, stubs, streams", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.argCount(), 0, "none");
    t.equal(await main.argCount(undefined), 1, "undefined");
    t.equal(await main.argCount(undefined, null, []), 3, "three");
    t.equal(await main.argCount(() => 1, new ReadableStream(), new WritableStream()), 3, "stubs and streams");
    t.equal(await main.argCount(...Array.from({ length: 100 }, (_, index) => index)), 100, "a hundred");
  }),
  check("what has no value of its own is seen as a stub or a stream", async (t) => {
    const { main } = await t.connect();
    t.equal(
      await main.inspect({ f: () => 1, r: new ReadableStream(), w: new WritableStream() }),
      object({ f: { type: "stub" }, r: { type: "readable" }, w: { type: "writable" } }),
    );
  }),
  check("an unknown kind of sample is a RangeError", async (t) => {
    const { main } = await t.connect();
    await t.rejects(main.make("no-such-kind"), { name: "RangeError" });
    await t.rejects(main.make("constructor"), { name: "RangeError" });
  }),
  echoed("the greatest and the smallest numbers", [1.7976931348623157e308, 5e-324, 0.1 + 0.2, 1e21, -1e-7, 123456789.125]),
  echoed("an empty array and an empty object", [[], {}, [[]], [{}]]),
  echoed("an array that looks like an expression", [["bigint", "5"], ["export", 1], ["pipeline", 0], ["undefined"]]),
  echoed("an array of one array of one array", [[[1]]]),
  echoed("control characters and every plane", "\u0001\u001f\u007f\u2028\u2029\uffff\u{10ffff} </script>"),
  echoed("keys of all sorts", { "a b": 1, "\u{1f600}": 2, "\n": 3, 0: 4, length: 5, name: 6, then_: 7 }),
  echoed("4,096 items", Array.from({ length: 4096 }, (_, index) => index)),
  echoed("1,000 fields", Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, index]))),
  echoed("zero and small bigints", [0n, 1n, -1n, 18446744073709551616n]),
  echoed("bytes of every length around a base64 group", [0, 1, 2, 3, 4, 5].map((length) => new Uint8Array(length).fill(0xfb))),
  echoed("a mebibyte of bytes", Uint8Array.from({ length: 1 << 20 }, (_, index) => (index * 7) & 255)),
  echoed("a slice of a buffer", Uint8Array.from([9, 8, 7, 6, 5]).subarray(1, 4)),
  echoed("250 nested arrays", nested(250)),
  echoed("250 nested objects", nestedObjects(250)),
  echoed("a bigint of 16,384 digits", BigInt("9".repeat(16384))),
  check("a made string, bigint and nesting arrive whole", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.makeString(0), "");
    t.equal(await main.makeString(5), "xxxxx");
    t.equal(await main.makeBigint(20), 99999999999999999999n);
    t.equal(await main.makeBigint(16384), BigInt("9".repeat(16384)));
    t.equal(await main.makeNested(3), [[[1]]]);
    t.equal(await main.makeNested(250), nested(250));
  }),
  check("a message of 20 MB is taken", async (t) => {
    const { main } = await t.connect();
    t.equal(await main.argCount("y".repeat(20_000_000)), 1);
  }, { deadline: 60_000 }),
  check("an answer of 8 MB comes", async (t) => {
    const { main } = await t.connect();
    t.equal((await main.makeString(8_000_000)).length, 8_000_000);
  }, { deadline: 60_000 }),
  check("blobs among arguments do not change their order", async (t) => {
    const { main } = await t.connect();
    const seen = await main.inspect([new Blob(["a"]), 1, new Blob(["bcd"], { type: "text/x" })]);
    t.equal(seen, array(blob("", "a"), number(1), blob("text/x", "bcd")));
  }),
  check("a blob of a mebibyte comes whole", async (t) => {
    const { main } = await t.connect();
    const content = Uint8Array.from({ length: 1 << 20 }, (_, index) => (index * 31) & 255);
    t.equal(await main.inspect(new Blob([content])), {
      type: "blob", mime: "", size: content.length, hash: fnv1a(content),
    });
  }),
  check("a request with a body of 300 kB comes whole", async (t) => {
    const { main } = await t.connect();
    const body = "0123456789".repeat(30_000);
    const seen = await main.inspect(new Request("https://example.com/", { method: "PUT", body, duplex: "half" }));
    t.equal([seen.type, seen.method, seen.body === body], ["request", "PUT", true]);
  }),
  check("headers keep repeated names", async (t) => {
    const { main } = await t.connect();
    const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"], ["accept", "x"]]);
    t.equal(await main.inspect(headers), { type: "headers", pairs: [...headers] });
  }),
];
