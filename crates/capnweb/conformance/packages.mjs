// The two packages everything here is built on: from CAPOS_NODE_MODULES where that is set (`cargo xtask test` does),
// else from where Node itself looks.

import { pathToFileURL } from "node:url";
import { join } from "node:path";

const place = process.env.CAPOS_NODE_MODULES;

const load = (name, file) => import(place ? pathToFileURL(join(place, name, file)).href : name);

export const { WebSocket, WebSocketServer } = await load("ws", "wrapper.mjs");

// Node 20 has none of its own, and the package asks the global one for its constants.
globalThis.WebSocket ??= WebSocket;

export const capnweb = await load("capnweb", "dist/index.js");
