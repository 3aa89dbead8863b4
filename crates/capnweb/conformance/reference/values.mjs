// Samples of every kind of value, and what a server says it decoded.

import { capnweb } from "../packages.mjs";

const { RpcStub } = capnweb;

/** FNV-1a, 32 bits, over the bytes; `hash` is what the bytes before gave. */
export function fnv1a(bytes, hash = 0x811c9dc5) {
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

const sixteen = () => Uint8Array.from({ length: 16 }, (_, index) => index);

const containers = [
  "DataView", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array",
  "Uint32Array", "BigInt64Array", "BigUint64Array", "Float32Array", "Float64Array",
];

export const containerNames = ["ArrayBuffer", ...containers];

function richError() {
  const error = new TypeError("rich", { cause: new RangeError("root cause") });
  return Object.assign(error, {
    code: "E_RICH",
    status: 418,
    when: new Date(1e12),
    tags: ["a", "b"],
    nested: { deep: [1, 2] },
  });
}

const samples = {
  undefined: () => undefined,
  null: () => null,
  true: () => true,
  false: () => false,
  inf: () => Infinity,
  "-inf": () => -Infinity,
  nan: () => NaN,
  int: () => 42,
  float: () => 0.1,
  negative: () => -7.25,
  big: () => 9007199254740991,
  string: () => 'h\u00e9llo \u2713 \u{1f600} "q" \\ \n\t\u0000',
  empty: () => "",
  bigint: () => 123456789012345678901234567890n,
  "bigint-negative": () => -98765432109876543210n,
  date: () => new Date(1e12),
  "date-early": () => new Date(-1.5e12),
  "date-invalid": () => new Date(NaN),
  ArrayBuffer: () => sixteen().buffer,
  error: () => new TypeError("made"),
  "error-rich": richError,
  "error-aggregate": () => new AggregateError([new RangeError("one"), new TypeError("two")], "many"),
  url: () => new URL("https://example.com/path?q=1#frag"),
  headers: () => new Headers([["content-type", "text/plain"], ["x-custom", "hello"]]),
  "request-get": () => new Request("https://example.com/get", { headers: { "x-a": "1" } }),
  "request-post": () =>
    new Request("https://example.com/post", {
      method: "POST", headers: { "x-a": "2" }, body: new TextEncoder().encode("hello body"),
    }),
  "response-empty": () => new Response(null, { status: 204, headers: { "x-a": "3" } }),
  "response-body": () =>
    new Response(new TextEncoder().encode("created!"), { status: 201, statusText: "Made", headers: { "x-a": "4" } }),
  "blob-text": () => new Blob(["hello blob"], { type: "text/plain" }),
  "blob-empty": () => new Blob([]),
  "array-nested": () => [1, [2, [3, []]], [], [[]]],
  object: () => ({ a: 1, b: { c: [{}, { d: null }] }, "": "empty key", e: undefined }),
  mixed: () => [
    new Date(1e12), 5n, undefined, Infinity, Uint8Array.of(1, 2, 3), { x: [new RangeError("in array")] }, [["s"]],
  ],
};

for (const name of containers) samples[name] = () => new globalThis[name](sixteen().buffer);

export const kinds = Object.keys(samples);

export function make(kind) {
  if (!Object.hasOwn(samples, kind)) throw new RangeError(`no sample ${kind}`);
  return samples[kind]();
}

const bytesOf = (value) =>
  value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);

const hex = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");

// Node's Buffer is the package's Uint8Array.
const containerOf = (value) => (Buffer.isBuffer(value) ? "Uint8Array" : value.constructor.name);

async function inspectFields(names, value) {
  const fields = {};
  for (const name of names) fields[name] = await inspect(value[name]);
  return fields;
}

async function inspectError(error) {
  const names = new Set(Object.keys(error).filter((name) => !["name", "message", "stack"].includes(name)));
  for (const name of ["cause", "errors"]) if (Object.hasOwn(error, name)) names.add(name);
  return {
    type: "error", name: error.name, message: error.message, props: await inspectFields(names, error),
  };
}

async function inspectBlob(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { type: "blob", mime: blob.type, size: bytes.length, hash: fnv1a(bytes) };
}

const bodyOf = async (message) => (message.body === null ? null : await message.text());

async function inspectRequest(request) {
  return {
    type: "request", url: request.url, method: request.method, headers: [...request.headers],
    body: await bodyOf(request),
  };
}

async function inspectResponse(response) {
  return {
    type: "response", status: response.status, statusText: response.statusText, headers: [...response.headers],
    body: await bodyOf(response),
  };
}

/** A plain description of any value; the checks compare these, and the server's `inspect` gives them. */
export async function inspect(value) {
  if (value === null) return { type: "null" };
  if (value instanceof RpcStub) return { type: "stub" };
  switch (typeof value) {
    case "undefined":
      return { type: "undefined" };
    case "boolean":
    case "number":
    case "string":
      return { type: typeof value, value };
    case "bigint":
      return { type: "bigint", digits: value.toString() };
    case "function":
      return { type: "stub" };
  }
  if (value instanceof Date) return { type: "date", ms: value.getTime() };
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    return { type: "bytes", container: containerOf(value), hex: hex(bytesOf(value)) };
  }
  if (value instanceof Error) return inspectError(value);
  if (value instanceof URL) return { type: "url", href: value.href };
  if (value instanceof Headers) return { type: "headers", pairs: [...value] };
  if (value instanceof Request) return inspectRequest(value);
  if (value instanceof Response) return inspectResponse(value);
  if (value instanceof Blob) return inspectBlob(value);
  if (value instanceof ReadableStream) return { type: "readable" };
  if (value instanceof WritableStream) return { type: "writable" };
  if (Array.isArray(value)) return { type: "array", items: await Promise.all(value.map(inspect)) };
  return { type: "object", fields: await inspectFields(Object.keys(value), value) };
}
