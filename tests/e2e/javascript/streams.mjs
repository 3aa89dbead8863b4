// Streaming methods as streams, streams and functions for services, and what is read instead of called.

import assert from 'node:assert/strict'
import { newWebSocketRpcSession } from 'capnweb'
import { once, settings, within } from './ground.mjs'

const { rpc, account, password } = settings

const node = newWebSocketRpcSession(`ws://${rpc}/rpc`)
const shell = await node.authenticate({ account, password }).capSet().get('shell')

/** A stream that keeps what is written to it. */
function collector() {
  const chunks = [], closed = once()
  const stream = new WritableStream({
    write(chunk) { chunks.push(chunk) },
    close() { closed.settle(Buffer.concat(chunks).toString()) },
    abort(reason) { closed.settle(`aborted: ${reason}`) },
  })
  return { stream, closed }
}

async function throughACommand() {
  const command = await shell.spawn('tr', ['a-z', 'A-Z'])
  const { stream, closed } = collector()
  await command.onStdout(stream)
  const text = 'every letter\n'.repeat(10_000)
  await new Blob([text]).stream().pipeTo(await command.write)
  assert.equal((await command.wait()).exitCode, 0)
  assert.equal(await within(closed, 'the end of the output'), text.toUpperCase())
}

async function slowly() {
  const command = await shell.spawn('sh', ['-c', 'read go; head -c 4000000 /dev/zero'], { maxOutput: 1_000 })
  let bytes = 0
  await command.onStdout(new WritableStream({
    async write(chunk) {
      bytes += chunk.length
      await new Promise(resolve => setTimeout(resolve, 1))
    },
  }, { highWaterMark: 1 }))
  await command.write(new TextEncoder().encode('go\n'))
  await command.wait()
  // `wait` ends with the command; all that it wrote has been delivered by the time of `onExit`.
  const ended = once()
  await command.onExit(code => ended.settle(code))
  assert.equal(await within(ended, 'its end'), 0)
  await within((async () => { while (bytes < 4_000_000) await new Promise(resolve => setTimeout(resolve, 1)) })(), 'all')
  assert.equal(bytes, 4_000_000)
}

async function functionsByName() {
  const command = await shell.spawn('sh', ['-c', 'echo out; echo err >&2; kill -9 $$'])
  const out = [], exit = once()
  await command.onData({ data: chunk => { out.push(Buffer.from(chunk).toString()) } })
  await command.onExit({ exit: (code, signal) => exit.settle([code, signal]) })
  assert.deepEqual(await within(exit, 'its end'), [1, 'SIGKILL'])
  assert.deepEqual(out.join('').split('\n').sort(), ['', 'err', 'out'])
}

async function readAndTakenAlong() {
  assert.equal(await shell.cwd, await shell.cwd())
  const exec = await shell.exec
  assert.equal((await exec('echo', ['hello'])).stdout, 'hello\n')
  assert.equal(await shell.nothing, undefined)
  assert.equal(typeof await shell.spawn('true').pid, 'number')
}

async function byName() {
  const result = await shell.exec({ command: 'sh', args: ['-c', 'echo $A $(pwd)'], options: { env: { A: 'b' }, cwd: '/' } })
  assert.equal(result.stdout, 'b /\n')
  for (const [call, error] of [
    [shell.exec(5), TypeError], [shell.exec('ls', '-la'), TypeError], [shell.exec('ls', [], { cmd: 1 }), TypeError],
    [shell.exec('ls', [], { timeout: -1 }), RangeError], [shell.exec('a', [], {}, 1), TypeError],
  ]) {
    await assert.rejects(async () => { await call }, error)
  }
  await assert.rejects(async () => { await shell.cd('/nowhere') }, { kind: 'failed', message: /^service: badRequest: / })
}

await throughACommand()
await slowly()
await functionsByName()
await readAndTakenAlong()
await byName()
process.exit(0)
