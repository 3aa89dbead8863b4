// The examples of docs/capnweb.md: each is run as it stands there, against a node, with what it takes for granted.
//
// A fenced example that is not entered here fails, and so does an entry without its example.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { newWebSocketRpcSession, newHttpBatchRpcSession, RpcSession } from 'capnweb'
import { once, settings, within } from './ground.mjs'

const { account, password, novice, oneTime, rpc, modules } = settings
const folder = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), 'examples-'))
process.chdir(folder)

/** What the examples call the node and the people is what it is here. */
function here(code) {
  const places = [[/\b127\.0\.0\.1:8080\b/g, rpc], [/\bnode\.example:8080\b/g, rpc], [/'ada'/g, JSON.stringify(account)]]
  return places.reduce((code, [place, found]) => code.replace(place, found), code)
}

/** The session that examples go on with, and its shell. */
async function connected() {
  const node = newWebSocketRpcSession(`ws://${rpc}/rpc`)
  const session = await node.authenticate({ account, password })
  return { node, session, shell: await session.capSet().get('shell') }
}

/** A terminal of a session. */
async function opened(session) {
  const terminals = await session.capSet().get('terminal')
  return terminals.open({ size: { columns: 80, rows: 24 } }).terminal
}

const shown = `SHA256:${settings.fingerprint.replace(/^SHA256:/, '')}`
const makefile = "printf 'test:\\n\\t@echo tested\\n' > Makefile"
const heard = []

/** By a line of each example: what it takes for granted, the names that it leaves, and what must be true of them. */
const EXAMPLES = {
  "globalThis.WebSocket ??= WebSocket // Node has one of its own from version 22 on.": {
    given: () => ({ password }),
    left: ['stdout'],
    check: ({ stdout }) => assert.match(stdout, /\busr\b/),
  },
  "const node = newHttpBatchRpcSession('http://127.0.0.1:8080/rpc')": {
    given: () => ({ account, password, newHttpBatchRpcSession }),
    left: ['facts', 'listing'],
    check: ({ facts, listing }) => assert.deepEqual([facts.profile, listing.success], ['user', true]),
  },
  "import { createHash } from 'node:crypto'": {
    given: () => ({ WebSocket, newWebSocketRpcSession, fingerprint: shown }),
    left: ['node'],
    async check({ node }) {
      assert.equal((await within(node.authMethods(), 'an answer'))[0].kind, 'password')
      const example = { ...this, given: () => ({ ...this.given(), fingerprint: shown.replace(/.$/, '#') }) }
      const { node: stranger } = await run(this.code, example)
      await assert.rejects(async () => { await stranger.authMethods() })
    },
  },
  "await node.authenticate({ kind: 'guest' })": {
    // The one account that has a password for once.
    replaced: [[`${JSON.stringify(account)}, password: oneTime`, `${JSON.stringify(novice)}, password: oneTime`]],
    given: async () => ({ ...await connected(), oneTime, sign: (await import(this_file('execFileSync'))).sign }),
  },
  "import { execFileSync } from 'node:child_process'": {
    given: () => ({}),
    left: ['sign'],
    check: async ({ sign }) => {
      copyFileSync(settings.key, 'deploy_key')
      const { node } = await connected()
      const session = await node.authenticate({ kind: 'publicKey', account, sign })
      assert.equal((await session.info()).authStrength, 'publicKey')
    },
  },
  "const flow = await node.start({ kind: 'password', account: 'ada' })": {
    given: async () => ({ ...await connected(), password, session: undefined }),
    left: ['step', 'done', 'session'],
    check: async ({ step, done, session }) => {
      assert.deepEqual([typeof step.prompt, done, (await session.info()).profile], ['string', true, 'user'])
    },
  },
  "await shell.exec('ls', ['-la'], { cwd: '/tmp', env: { LANG: 'C' } })": { given: connected },
  "const result = await shell.spawn('make', ['test']).wait()": {
    given: async () => {
      const { shell } = await connected()
      await shell.run(makefile)
      return { shell }
    },
    left: ['result'],
    check: ({ result }) => assert.equal(result.stdout, 'tested\n'),
  },
  "await stream.onExit((code, signal) => console.log(code, signal))": {
    given: async () => {
      const { shell, session } = await connected()
      const exit = once(), drawn = once()
      heard.push(exit, drawn)
      const terminal = await opened(session)
      const console = { log: (...ended) => exit.settle(ended) }
      const stream = await shell.spawn('sh', ['-c', 'read line; exit 3'])
      return { stream, terminal, draw: drawn.settle, console, kept: session }
    },
    left: ['stream', 'terminal'],
    check: async ({ stream, terminal }) => {
      await stream.write(Buffer.from('go\n'))
      assert.equal((await within(heard[0], 'the exit'))[0], 3)
      assert.ok(await within(heard[1], 'what the terminal shows') instanceof Uint8Array)
      await terminal.close()
    },
  },
  "await Readable.toWeb(createReadStream('notes.txt')).pipeTo(await command.write)": {
    given: () => {
      writeFileSync('notes.txt', 'a line\n'.repeat(10_000))
      return connected()
    },
    left: ['stdoutData'],
    check: ({ stdoutData }) => assert.deepEqual([...stdoutData.slice(0, 2)], [0x1f, 0x8b]),
  },
  "await command.onStdout(Writable.toWeb(output))": {
    replaced: [['process.stdout.write', 'said.push']],
    given: async () => {
      const { shell } = await connected()
      await shell.run(makefile)
      const { PassThrough, Writable } = await import('node:stream')
      return { shell, PassThrough, Writable, said: [] }
    },
    left: ['said'],
    check: ({ said }) => assert.equal(Buffer.concat(said).toString(), 'tested\n'),
  },
  "const writer = await files.file('notes.txt').replace()": {
    given: async () => {
      const { createReadStream, createWriteStream } = await import('node:fs')
      const { Readable, Writable } = await import('node:stream')
      return { ...await connected(), createReadStream, createWriteStream, Readable, Writable }
    },
    check: () => assert.ok(readFileSync('copy.txt').equals(readFileSync('notes.txt'))),
  },
  "import { RpcSession } from 'capnweb'": {
    replaced: [["spawn('capos', ['stdio'], {", "spawn(capos, held, { env,"]],
    given: async () => {
      const { command, environment } = settings.held
      const { StdioTransport } = await run(example('class StdioTransport {'), { given: () => ({}), left: ['StdioTransport'] })
      return { StdioTransport, capos: settings.capos, held: command, env: environment }
    },
    left: ['shell', 'stdin'],
    check: async ({ shell, stdin }) => {
      assert.equal((await shell.exec('echo', ['\u2028'])).stdout, '\u2028\n')
      stdin.end()
    },
  },
  "class StdioTransport {": { given: () => ({}), left: ['StdioTransport'] },
}

/** The fenced examples in that language. */
function examples(language) {
  const text = readFileSync(settings.document, 'utf8')
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter(([, said]) => said === language).map(([, , code]) => code)
}

function example(line) {
  const found = examples('js').filter(code => code.split('\n').includes(line))
  assert.equal(found.length, 1, `there is no example, or more than one, with this line: ${line}`)
  return found[0]
}

let written = 0
const files = new Map()

function this_file(line) {
  const [, file] = [...files].find(([code]) => code.includes(line)) ?? assert.fail(`not run yet: ${line}`)
  return file
}

/** Runs an example as a function of what it takes for granted; gives what it leaves. */
async function run(code, { given, left = [], replaced = [] }) {
  const lines = here(code).split('\n')
  const isImport = line => line.startsWith('import ')
  let body = lines.filter(line => !isImport(line)).join('\n')
  for (const [from, to] of replaced) {
    assert.ok(body.includes(from), `the example does not have ${from}`)
    body = body.replaceAll(from, to)
  }
  const granted = await given()
  // What it declares itself is its own.
  const names = Object.keys(granted).filter(name => granted[name] !== undefined && !new RegExp(`\\b(const|let) (\\{[^}]*)?\\b${name}\\b`).test(body))
  const module = [
    ...lines.filter(isImport),
    `export async function example({ ${names.join(', ')} }) {`, body, `return { ${left.join(', ')} }`, '}',
    /^async function sign/m.test(body) ? `export const sign = (await example({})).sign` : '',
  ].join('\n')
  const file = join(folder, `${written++}.mjs`)
  writeFileSync(file, module)
  files.set(code, file)
  return (await import(file)).example(granted)
}

async function everyExampleInJavaScript() {
  const codes = examples('js')
  const entries = Object.entries(EXAMPLES)
  entries.forEach(([line]) => example(line))
  // One that others stand on is run first.
  codes.sort((one, other) => other.includes('ssh-keygen') - one.includes('ssh-keygen'))
  for (const code of codes) {
    const [line, entry] = entries.find(([line]) => code.split('\n').includes(line)) ?? assert.fail(`nobody runs this:\n${code}`)
    try {
      const left = await within(run(code, entry), 'the end of the example')
      await within(Promise.resolve(entry.check?.call({ ...entry, code }, left)), 'what follows from it')
    } catch (error) {
      throw new Error(`the example with this line: ${line}`, { cause: error })
    }
  }
}

function capos(...words) {
  return execFileSync(settings.capos, words, { encoding: 'utf8', env: settings.held.environment })
}

/** The programs in TypeScript: checked by the compiler with the types and the settings that stand there, then run. */
async function everyExampleInTypeScript() {
  const place = join(folder, 'typescript'), packages = join(place, 'node_modules')
  mkdirSync(packages, { recursive: true })
  for (const name of ['@types', 'undici-types']) symlinkSync(join(modules.browser, name), join(packages, name))
  symlinkSync(join(modules.official, 'capnweb'), join(packages, 'capnweb'))
  const [configuration] = examples('json')
  const text = readFileSync(settings.document, 'utf8')
  for (const name of ['node', 'shell']) {
    const command = text.match(new RegExp(`^\\$ capos (describe .*) > ${name}\\.ts$`, 'm')) ?? assert.fail(name)
    // What a grant is called is told where somebody is signed in, its interface everywhere.
    const words = command[1].replace(/\bshell\b/, 'Shell').split(' ')
    writeFileSync(join(place, `${name}.ts`), capos(...words))
  }
  const programs = examples('ts')
  assert.ok(programs.length > 0)
  const granted = 'declare const password: string\n'
  const left = '\nexport { profile, expiresAtMs, stdout, node }\n'
  programs.forEach((code, at) => writeFileSync(join(place, `program${at}.ts`), granted + here(code) + left))
  copyFileSync(settings.typed, join(place, 'typed.ts'))
  const settled = JSON.parse(configuration)
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify({ ...settled, compilerOptions: { ...settled.compilerOptions, noEmitOnError: true } }))
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }')
  try {
    execFileSync('node', [join(modules.browser, 'typescript/bin/tsc'), '--project', place], { encoding: 'utf8' })
  } catch (error) {
    throw new Error(`it is not accepted:\n${error.stdout}`)
  }
  globalThis.password = password
  for (const at of programs.keys()) {
    const { profile, stdout, node } = await import(pathToFileURL(join(place, `program${at}.js`)))
    assert.equal(profile, 'user')
    assert.match(stdout, /\busr\b/)
    node[Symbol.dispose]()
  }
}

const kinds = new Set([...readFileSync(settings.document, 'utf8').matchAll(/^```(\w+)$/gm)].map(([, kind]) => kind))
assert.deepEqual([...kinds].sort(), ['console', 'js', 'json', 'ts'], 'an example in another language')
await everyExampleInJavaScript()
await everyExampleInTypeScript()
process.exit(0)
