// One end of what is tested from two sides: the test says in lines what to do, and is answered in lines.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { newWebSocketRpcSession, RpcSession } from 'capnweb'
import { StdioTransport } from './stdio.mjs'
import { refusal, settings } from './ground.mjs'

const { account, password, capos, held, rpc } = settings
let session, cap

const verbs = {
  async connect() {
    session = await newWebSocketRpcSession(`ws://${rpc}/rpc`).authenticate({ account, password })
  },
  async stdio() {
    const { stdin, stdout } = spawn(capos, held.command, { env: held.environment, stdio: ['pipe', 'pipe', 'inherit'] })
    session = new RpcSession(new StdioTransport(stdout, stdin), null).getRemoteMain()
  },
  async get(name) {
    cap = await session.capSet().get(name)
  },
  async call(method, ...args) {
    return await cap[method](...args)
  },
  /** Holds what the call gives. */
  async hold(method, ...args) {
    cap = await cap[method](...args)
  },
  async refused(method, ...args) {
    return await refusal(cap[method](...args))
  },
  async session() {
    return (await session.info()).profile
  },
  async stale() {
    return await refusal(session.info())
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, ...args] = JSON.parse(line)
  const answer = await verbs[verb](...args)
  console.log(JSON.stringify(answer ?? null, (_, value) => typeof value === 'bigint' ? String(value) : value))
}
process.exit(0)
