// Sessions of the official package: signing in and being refused, what ends with what, and the door of the web.

import assert from 'node:assert/strict'
import { request } from 'node:http'
import { newHttpBatchRpcSession, newWebSocketRpcSession, RpcTarget } from 'capnweb'
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
    await assert.rejects(main.authenticate({ account: novice, password: oneTime }), /newPassword/)
    const replaced = main.authenticate({ account: novice, password: oneTime, newPassword: 'a longer one of my own' })
    assert.equal((await replaced.info()).profile, 'user')
  })
  await connected(async main => {
    await main.authenticate({ account: novice, password: 'a longer one of my own' }).info()
  })
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
    class Reader extends RpcTarget {
      data(chunk) { heard.settle(new TextDecoder().decode(chunk)) }
    }
    const stream = await shell.spawn('bash', ['-c', 'echo one; read -r'])
    await stream.onData(new Reader())
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
  severalSessionsAreApart, aDroppedStubEndsItsCommand, aDroppedSessionEnds, callbacksMayBeObjectsAndFail,
  theEndOfTheConnectionIsTold, pagesOfTheWebAreKeptOut,
]
for (const check of all) {
  await check()
  console.log(check.name)
}
process.exit(0)
