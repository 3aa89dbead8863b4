// The examples of the design that Cap'n Web came from, against a node, with the official package.
//
// They are copied as they are but for three things: the address, the line that signs in, and `using`, which Node 20 does
// not know: `try` and `finally` with `[Symbol.dispose]()` stand in its place. Types are left out.
// `npm`, `git` and `node` of the examples are scripts in the session's home, which say what the real ones would.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { newHttpBatchRpcSession, newWebSocketRpcSession, RpcSession } from 'capnweb'
import { StdioTransport } from './stdio.mjs'
import { createWebSocketTransport } from './websocket.mjs'
import { captured, once, settings, within } from './ground.mjs'

const { account, password, capos, held, rpc } = settings
const signIn = { account, password }
const webSocketUrl = `ws://${rpc}/rpc`
const batchUrl = `http://${rpc}/rpc`

/** Puts the programs that the examples run into the session's home. */
async function prepare(api) {
  const scripts = {
    npm: 'if [ "$1" = --version ]; then echo 10.8.2; exit; fi\necho "$*"\nif [ "$2" = dev ]; then cat; sleep 600; fi',
    git: 'echo " M README.md"',
    node: 'echo v20.20.2',
  }
  for (const [name, script] of Object.entries(scripts)) {
    const write = 'mkdir -p ~/bin && cat > ~/bin/"$0" && chmod +x ~/bin/"$0"'
    const made = await api.exec('bash', ['-c', write, name], { stdin: `#!/bin/bash\n${script}\n` })
    assert.ok(made.success, made.stderr)
  }
  const { stdout } = await api.run('cd && pwd')
  await api.setEnv('PATH', `${stdout.trim()}/bin:/usr/local/bin:/usr/bin:/bin`)
}

// ### Basic Execution

async function basicExecution(api) {
  // Execute command (returns pass-by-value result)
  const result = await api.exec('ls', ['-la'])
  console.log(result.stdout)

  // Run script
  const build = await api.run(`
  set -e
  cd /app
  npm install
  npm run build
`)

  if (!build.success) {
    throw new Error('Build failed: ' + build.stderr)
  }
}

/** There is no `/app` in the place that commands run in, and the script says so; where there is one, it goes through. */
async function basicExecutionEnds(api) {
  const said = await captured(async () => {
    await assert.rejects(basicExecution(api), /^Error: Build failed: .*\/app: No such file or directory/)
  })
  assert.match(said, /^total \d+\n/)

  const build = await api.run(`
  set -e
  mkdir -p app && cd app
  npm install
  npm run build
`)
  assert.deepEqual([build.exitCode, build.success, build.stdout, build.stderr], [0, true, 'install\nrun build\n', ''])
  assert.equal(typeof build.duration, 'number')
  assert.equal(build.signal, undefined)
}

// ### Streaming with Callbacks

async function streamingWithCallbacks(api, process) {
  // Spawn returns pass-by-reference stream
  const stream = await api.spawn('npm', ['run', 'dev'])
  try {
    // Register callbacks (these call back to our client!)
    stream.onData((chunk) => {
      process.stdout.write(chunk)
    })

    stream.onExit((code, signal) => {
      console.log(`Process exited with code ${code}`)
    })

    // Wait for Ctrl+C, then cleanup
    process.on('SIGINT', () => {
      stream.kill('SIGTERM')
    })

    // `using` automatically disposes when scope ends
    await process.ended
  } finally {
    stream[Symbol.dispose]()
  }
}

/** The example at a terminal of its own: what it writes, and who presses Ctrl+C. */
async function streamingEnds(api) {
  const written = once(), told = once()
  let interrupt
  const terminal = {
    stdout: { write: chunk => written.settle(Buffer.from(chunk).toString()) },
    on: (signal, act) => { assert.equal(signal, 'SIGINT'); interrupt = act },
    ended: told,
  }
  const said = await captured(async show => {
    show.line = told.settle
    const running = streamingWithCallbacks(api, terminal)
    assert.equal(await within(written, 'what the command writes'), 'run dev\n')
    interrupt()
    await within(running, 'the end of the command')
  })
  assert.equal(said, 'Process exited with code 1\n')
}

// ### ShellStream

async function shellStream(api) {
  const heard = [], input = once(), exit = once()
  const console = { log: (...words) => { heard.push(words); if (words[0].includes?.('input')) input.settle(); if (words[0] === 'Exit:') exit.settle() } }

  // Client side
  const stream = await api.spawn('npm', ['run', 'dev'])
  try {
    // Register callbacks (bidirectional RPC)
    stream.onData((chunk) => console.log(new TextDecoder().decode(chunk)))
    stream.onExit((code) => console.log('Exit:', code))

    // Write to stdin
    stream.write(new TextEncoder().encode('input\n'))
    await within(input, 'the echo')

    // Kill the process
    stream.kill('SIGTERM')

    // Automatic cleanup when `using` scope ends
    await within(exit, 'the exit')
  } finally {
    stream[Symbol.dispose]()
  }
  assert.equal(heard.slice(0, -1).map(([text]) => text).join(''), 'run dev\ninput\n')
  assert.deepEqual(heard.at(-1), ['Exit:', 1])
}

/** Every method that the design gives a stream, as it describes it. */
async function everyMethodOfAStream(api) {
  const script = 'read -r line; echo "out $line"; echo err >&2; cat; exit 3'
  const stream = await api.spawn('bash', ['-c', script], { cwd: '/tmp', env: { WORD: 'hello' }, timeout: 60000 })
  try {
    assert.equal(typeof await stream.pid, 'number')
    const [all, errors] = [[], []]
    const exit = once()
    stream.onData(chunk => { assert.ok(chunk instanceof Uint8Array); all.push(...chunk) })
    stream.onStderr(chunk => { errors.push(...chunk) })
    stream.onExit((code, signal) => { exit.settle([code, signal]) })
    await stream.write(new TextEncoder().encode('one\n'))
    await stream.write(new TextEncoder().encode('two\n'))
    await stream.closeStdin()
    const result = await within(stream.wait(), 'the result')
    assert.equal(result.exitCode, 3)
    assert.equal(result.success, false)
    // Who is told of the end has been given everything before.
    assert.deepEqual(await within(exit, 'the exit'), [3, undefined])
    assert.equal(Buffer.from(errors).toString(), 'err\n')
    assert.deepEqual(Buffer.from(all).toString().split('\n').sort(), ['', 'err', 'out one', 'two'])
  } finally {
    stream[Symbol.dispose]()
  }
}

/** Every option and method that the design gives the shell. */
async function everyMethodOfAShell(api) {
  const env = await api.exec('bash', ['-c', 'echo $WORD in $PWD; cat'], { cwd: '/tmp', env: { WORD: 'hello' }, stdin: 'in' })
  assert.equal(env.stdout, 'hello in /tmp\nin')
  const line = await api.exec('echo $((1 + 2))', [], { shell: '/bin/bash' })
  assert.equal(line.stdout, '3\n')
  const late = await api.exec('sleep', ['600'], { timeout: 50 })
  assert.equal(late.success, false)
  const much = await api.run('yes | head -c 100000', { maxOutput: 10 })
  assert.equal(much.stdout.length, 10)
  const before = await api.cwd()
  await api.cd('/tmp')
  assert.equal(await api.cwd(), '/tmp')
  await api.cd(before)
  await api.setEnv('GREETING', 'good morning')
  assert.equal((await api.env()).GREETING, 'good morning')
  assert.equal((await api.run('echo $GREETING')).stdout, 'good morning\n')
}

// ### Promise Pipelining

async function promisePipelining(api) {
  // These are pipelined - single network round trip!
  const gitStatus = api.exec('git', ['status', '--short'])
  const nodeVersion = api.exec('node', ['--version'])
  const npmVersion = api.exec('npm', ['--version'])

  // All execute in parallel, await results
  const [status, node, npm] = await Promise.all([
    gitStatus,
    nodeVersion,
    npmVersion
  ])

  console.log('Git:', status.stdout)
  console.log('Node:', node.stdout)
  console.log('npm:', npm.stdout)
}

async function pipeliningShows(api) {
  const said = await captured(() => promisePipelining(api))
  assert.equal(said, 'Git:  M README.md\n\nNode: v20.20.2\n\nnpm: 10.8.2\n\n')
}

// ### Runtime Type Checking

async function whatDoesNotFitIsRefused(api) {
  for (const wrong of [['ls', 'no list'], [7], ['ls', [], { timeout: 'soon' }], ['ls', [], { surprise: 1 }], ['ls', [], {}, 4]]) {
    await assert.rejects(async () => { await api.exec(...wrong) }, error => { assert.notEqual(error.name, 'internal'); return true })
  }
  assert.equal((await api.exec('true')).success, true)
}

async function everything(api) {
  await prepare(api)
  await basicExecutionEnds(api)
  await streamingEnds(api)
  await shellStream(api)
  await everyMethodOfAStream(api)
  await everyMethodOfAShell(api)
  await pipeliningShows(api)
  await whatDoesNotFitIsRefused(api)
}

async function overWebSocket() {
  // ### Authentication
  const publicApi = newWebSocketRpcSession(webSocketUrl)
  try {
    const api = await publicApi.authenticate(signIn).capSet().get('shell')
    try {
      await api.exec('ls')
      await everything(api)
    } finally {
      api[Symbol.dispose]()
    }
  } finally {
    publicApi[Symbol.dispose]()
  }
}

async function overOwnTransport() {
  const transport = await createWebSocketTransport(webSocketUrl)
  const session = new RpcSession(transport, null)
  const api = session.getRemoteMain().authenticate(signIn).capSet().get('shell')
  await everything(api)
  await transport.close()
}

/** A session ends with its batch; the files of its home stay. */
async function overBatches() {
  // One request, the sign-in included.
  const batch = () => newHttpBatchRpcSession(batchUrl).authenticate(signIn).capSet().get('shell')
  const each = method => (...args) => batch()[method](...args)
  await prepare({ exec: each('exec'), run: each('run'), setEnv: each('setEnv') })
  const { stdout } = await batch().run('cd && pwd')

  let requests = 0
  const { fetch } = globalThis
  globalThis.fetch = (...args) => { requests++; return fetch(...args) }
  const api = batch()
  const path = api.setEnv('PATH', `${stdout.trim()}/bin:/usr/local/bin:/usr/bin:/bin`)
  await Promise.all([path, pipeliningShows(api)])
  assert.equal(requests, 1)
}

async function overStdio() {
  const { command, environment } = held
  const child = spawn(capos, command, { env: environment, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise(resolve => child.on('exit', resolve))
  const [stdin, stdout] = [child.stdout, child.stdin]

  // Client side (MCP client)
  const transport = new StdioTransport(stdin, stdout)
  const session = new RpcSession(transport, null)
  const api = session.getRemoteMain().capSet().get('shell')

  await api.exec('ls', ['-la'])
  await everything(api)
  await transport.close()
  assert.equal(await within(ended, 'the end of capos stdio'), 0)
}

const ways = { overWebSocket, overOwnTransport, overBatches, overStdio }
await ways[settings.way]()
process.exit(0)
