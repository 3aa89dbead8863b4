// Sessions of the official package: signing in and being refused, what ends with what, and the door of the web.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { request } from 'node:http'
import { newHttpBatchRpcSession, newWebSocketRpcSession } from 'capnweb'
import { WebSocket } from 'ws'
import { once, refusal, settings, within } from './ground.mjs'

const { account, password, novice, oneTime, rpc } = settings
const signIn = { account, password }
const webSocketUrl = `ws://${rpc}/rpc`
const batchUrl = `http://${rpc}/rpc`

/** Lets `work` have a session of its own. */
async function connected(work) {
  const main = newWebSocketRpcSession(webSocketUrl)
  try {
    await work(main)
  } finally {
    main[Symbol.dispose]()
  }
}

async function theNodeTellsHowToSignIn() {
  const methods = await newHttpBatchRpcSession(batchUrl).authMethods()
  assert.deepEqual(methods.map(({ kind }) => kind).slice(0, 2), ['password', 'publicKey'])
  const [{ label, profileHints, interactive, enabled }] = methods
  assert.deepEqual([typeof label, Array.isArray(profileHints), interactive, enabled], ['string', true, true, true])
}

async function everyRefusalHasItsCode() {
  await connected(async main => {
    const refused = async (options, code) => assert.equal(await refusal(main.authenticate(options)), code)
    await refused({ account, password: 'wrong' }, 'authenticationDenied')
    await refused({ account: 'nobody', password }, 'authenticationDenied')
    await refused({ account, password, profile: 'operator' }, 'authenticationDenied')
    await refused({ kind: 'serviceCredential', assertion: 'a.b.c' }, 'disabledAuthMethod')
    await refused({ kind: 'oidcDeviceCode' }, 'disabledAuthMethod')
    await refused({ kind: 'guest' }, 'disabledAuthMethod')
    await refused({ account }, 'TypeError')
    await refused({ account, password, surprise: 1 }, 'TypeError')
    assert.equal(await refusal(main.start({ kind: 'guest' })), 'badRequest')
    // Nothing is left of all that.
    const { profile } = await main.authenticate(signIn).info()
    assert.equal(profile, 'user')
  })
}

async function whatTheSessionIs() {
  await connected(async main => {
    const session = await main.authenticate(signIn)
    const info = await session.info()
    assert.ok(info.sessionId instanceof Uint8Array && info.principal.id instanceof Uint8Array)
    assert.deepEqual([info.principal.kind, info.authStrength, info.profile], ['human', 'password', 'user'])
    assert.ok(Date.now() - info.createdAtMs < 600_000 && info.expiresAtMs > Date.now())
    const grants = await session.capSet().list()
    const { interfaceId } = grants.find(({ name }) => name === 'shell')
    assert.equal(typeof interfaceId, 'bigint')
    const shell = await session.capSet().get('shell', interfaceId)
    assert.equal((await shell.exec('true')).success, true)
    assert.equal(await refusal(session.capSet().get('nothing')), 'unknownCap')
    assert.equal(await refusal(session.capSet().get('manual', interfaceId)), 'interfaceMismatch')
    const renewed = await session.renew({ password })
    assert.ok(renewed.expiresAtMs >= info.expiresAtMs)
    assert.equal(await refusal(session.renew({ password: 'wrong' })), 'authenticationDenied')
  })
}

async function stepByStep() {
  await connected(async main => {
    const flow = await main.start({ kind: 'password', account })
    const { step, done } = await flow.next()
    assert.deepEqual([done, step.redaction], [false, true])
    const last = await flow.next(new TextEncoder().encode(password))
    assert.equal(last.done, true)
    assert.equal((await last.session.info()).profile, 'user')
    const given = await main.start({ kind: 'password', account })
    await given.cancel()
    assert.equal(await refusal(given.next(password)), 'badRequest')
  })
  // And in one request, where nothing depends on what the steps are.
  const flow = newHttpBatchRpcSession(batchUrl).start({ kind: 'password', account })
  flow.next()
  assert.equal((await flow.next(password).session.info()).profile, 'user')
}

async function aPasswordForOnceIsReplaced() {
  await connected(async main => {
    await assert.rejects(async () => { await main.authenticate({ account: novice, password: oneTime }) }, /newPassword/)
    const replaced = main.authenticate({ account: novice, password: oneTime, newPassword: 'a longer one of my own' })
    assert.equal((await replaced.info()).profile, 'user')
  })
  await connected(async main => {
    await main.authenticate({ account: novice, password: 'a longer one of my own' }).info()
  })
}

/** What a challenge says, as docs/signing.md lays it out. */
function readChallenge(bytes) {
  const tag = Buffer.from('capos-remote-session sign-in 1\0')
  const challenge = Buffer.from(bytes)
  assert.ok(challenge.subarray(0, tag.length).equals(tag))
  let at = tag.length
  const take = length => challenge.subarray(at, at += length)
  const counted = () => take(take(2).readUInt16BE())
  const [node, binding] = [take(32).toString('hex'), take(32), take(32)]
  return { node, binding, nonce: counted(), account: counted().toString() }
}

async function aKeySignsWhatIsForThisNode() {
  const nonce = crypto.getRandomValues(new Uint8Array(32))
  let asked
  const sign = challenge => {
    asked = readChallenge(challenge)
    return execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', 'capos-remote-session', '-f', settings.key], { input: challenge }).toString()
  }
  await connected(async main => {
    const session = await main.authenticate({ kind: 'publicKey', account, nonce, sign })
    assert.equal((await session.info()).authStrength, 'publicKey')
    assert.deepEqual([asked.node, asked.account], [settings.node, account])
    assert.ok(asked.nonce.equals(nonce) && asked.binding.equals(Buffer.alloc(32)), 'there is no TLS here')
    // Step by step it is the same.
    const flow = await main.start({ kind: 'publicKey', account })
    const { step: { challenge } } = await flow.next()
    const { done } = await flow.next(new TextEncoder().encode(sign(challenge)))
    assert.equal(done, true)
    const stolen = await main.start({ kind: 'publicKey', account })
    await stolen.next()
    assert.equal(await refusal(stolen.next(sign(challenge))), 'authenticationDenied')
  })
}

/** Over TLS the challenge names the connection, which the program can compare with its own end of it. */
async function aKeySignsForThisConnection() {
  const socket = new WebSocket(`wss://${rpc}/rpc`, { rejectUnauthorized: false })
  const open = once()
  socket.on('open', open.settle)
  await within(open, 'the connection')
  const binding = socket._socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
  const main = newWebSocketRpcSession(socket)
  const flow = await main.start({ kind: 'publicKey', account })
  const { step } = await flow.next()
  assert.deepEqual(readChallenge(step.challenge).binding, binding)
  main[Symbol.dispose]()
}

async function severalSessionsAreApart() {
  await connected(async main => {
    const [one, other] = await Promise.all([main.authenticate(signIn), main.authenticate(signIn)])
    const shell = await one.capSet().get('shell')
    await one.logout()
    assert.equal(await refusal(one.info()), 'staleSession')
    assert.equal(await refusal(shell.exec('true')), 'staleSession')
    assert.equal((await other.capSet().get('shell').exec('true')).success, true)
  })
}

/** A command that runs, and who sees it end. */
async function sleeping(shell) {
  const stream = await shell.spawn('sleep', ['600'])
  const observer = await stream.observe()
  const ended = once()
  await observer.onExit((code, signal) => ended.settle([code, signal]))
  return { stream, observer, ended }
}

async function aDroppedStubEndsItsCommand() {
  await connected(async main => {
    const shell = await main.authenticate(signIn).capSet().get('shell')
    const { stream, observer, ended } = await sleeping(shell)
    const twin = stream.dup()
    stream[Symbol.dispose]()
    assert.equal((await observer.status()).running, true, 'somebody holds it still')
    twin[Symbol.dispose]()
    assert.deepEqual(await within(ended, 'the end of the command'), [1, 'SIGTERM'])
    assert.equal((await observer.status()).running, false)
  })
}

/** Whether the session's own processes have one that says this. */
async function runs(shell, word) {
  const { stdout } = await shell.run(`cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 'sleep ${word}' || true`)
  return stdout.trim() !== '0'
}

async function until(question, what) {
  const asking = (async () => { while (!await question()) await new Promise(resolve => setTimeout(resolve, 20)) })()
  await within(asking, what)
}

async function aCallThatIsGivenUpEndsItsCommand() {
  await connected(async main => {
    const shell = await main.authenticate(signIn).capSet().get('shell')
    const word = 8641
    const call = shell.exec('sleep', [String(word)])
    await until(() => runs(shell, word), 'the command')
    call[Symbol.dispose]()
    await until(async () => !await runs(shell, word), 'its end')
  })
}

async function aDroppedSessionEnds() {
  await connected(async main => {
    const session = await main.authenticate(signIn)
    const shell = await session.capSet().get('shell')
    session[Symbol.dispose]()
    assert.equal((await shell.exec('true')).success, true, 'a grant keeps its session')
  })
}

async function callbacksMayBeObjectsAndFail() {
  await connected(async main => {
    const shell = await main.authenticate(signIn).capSet().get('shell')
    const heard = once()
    const stream = await shell.spawn('bash', ['-c', 'echo one; read -r'])
    await stream.onData({ data: chunk => heard.settle(new TextDecoder().decode(chunk)) })
    assert.equal(await within(heard, 'what it writes'), 'one\n')
    await stream.onData(() => { throw new Error('not today') })
    stream.closeStdin()
    assert.equal((await within(stream.wait(), 'the end')).exitCode, 1)
    stream[Symbol.dispose]()
  })
}

async function theEndOfTheConnectionIsTold() {
  const socket = new WebSocket(webSocketUrl)
  const main = newWebSocketRpcSession(socket)
  const shell = await main.authenticate(signIn).capSet().get('shell')
  const broken = once()
  shell.onRpcBroken(broken.settle)
  socket.terminate()
  await within(broken, 'the news')
  await assert.rejects(async () => { await shell.exec('true') })
}

async function pagesOfTheWebAreKeptOut() {
  const origin = 'http://evil.example'
  const status = once()
  const socket = new WebSocket(webSocketUrl, { headers: { origin } })
  socket.on('unexpected-response', (_, response) => status.settle(response.statusCode))
  socket.on('error', () => {})
  socket.on('open', () => status.settle('open'))
  assert.equal(await within(status, 'the refusal'), 403)

  const answer = once()
  const post = request(batchUrl, { method: 'POST', headers: { origin } }, response => answer.settle(response.statusCode))
  post.end('["push",["pipeline",0,["authMethods"],[]]]\n["pull",1]')
  assert.equal(await within(answer, 'the refusal'), 403)
}

const all = [
  theNodeTellsHowToSignIn, everyRefusalHasItsCode, whatTheSessionIs, stepByStep, aPasswordForOnceIsReplaced,
  aKeySignsWhatIsForThisNode, aKeySignsForThisConnection, aCallThatIsGivenUpEndsItsCommand,
  severalSessionsAreApart, aDroppedStubEndsItsCommand, aDroppedSessionEnds, callbacksMayBeObjectsAndFail,
  theEndOfTheConnectionIsTold, pagesOfTheWebAreKeptOut,
]
for (const check of all) {
  await check()
  console.log(check.name)
}
process.exit(0)
