// What the types of signing in and of the session accept, and what they refuse. Checked, not run.

import { RpcTarget, type RpcStub } from 'capnweb'
import type { Node, Session, SessionInfo } from './node'
import type { Shell } from './shell'

declare const node: RpcStub<Node<{ shell: Shell }>>
declare const password: string
declare const bytes: Uint8Array

export async function signingIn(): Promise<RpcStub<Session<{ shell: Shell }>>> {
  const [{ kind, label, enabled }] = await node.authMethods()
  console.log(kind, label.length, enabled === true)
  await node.authenticate({ kind: 'guest' })
  await node.authenticate({ kind: 'publicKey', account: 'ada', nonce: bytes, sign: async challenge => challenge })
  await node.authenticate({ kind: 'serviceCredential', assertion: 'a.b.c', profile: 'lab' })
  await node.authenticate({ principal: bytes, password: bytes, newPassword: 'another one' })
  const flow = await node.start({ kind: 'password', account: 'ada' })
  const { step, done } = await flow.next()
  if (!done && step) console.log(step.prompt, step.redaction, step.challenge.length)
  await flow.cancel()
  // Before the steps are there.
  console.log((await flow.next(password).session.info()).profile)
  const { session } = await flow.next(password)
  // @ts-expect-error nobody is named
  await node.authenticate({ password })
  // @ts-expect-error a guest has no password
  await node.authenticate({ kind: 'guest', password })
  // @ts-expect-error a misspelt name
  await node.authenticate({ account: 'ada', pasword: password })
  // @ts-expect-error guests have no steps
  await node.start({ kind: 'guest' })
  // @ts-expect-error no such way
  await node.start({ kind: 'handshake' })
  return session
}

class Listener extends RpcTarget {
  changed(bundle: boolean, services: boolean): void { console.log(bundle, services) }
  ended(code: string, sentence: string): void { console.log(code.length, sentence.length) }
}

export async function inTheSession(session: RpcStub<Session<{ shell: Shell }>>): Promise<void> {
  const info: SessionInfo = await session.info()
  console.log(info.principal?.displayName, info.sessionId.length)
  for (const { name, interfaceId } of await session.capSet().list()) console.log(name.length, BigInt(interfaceId))
  const { stdout } = await session.capSet().get('shell', 7n).exec('ls', ['-l'])
  console.log(stdout?.length)
  console.log((await session.renew({ password, durationMs: 3_600_000 })).expiresAtMs)
  await session.renew({ sign: challenge => challenge })
  const watch = await session.watch({ changed: (bundle: boolean) => console.log(bundle), ended: (code: string) => console.log(code) })
  watch[Symbol.dispose]()
  for (const other of await session.others()) {
    const ended: boolean = await session.endOther(other.session, 'lost my laptop')
    console.log(ended)
  }
  const [{ name, current }] = await session.profiles()
  console.log(current)
  const after = await session.enter(name)
  await after.logout()
  // @ts-expect-error not one of the grants
  await session.capSet().get('nothing')
  // @ts-expect-error no proof
  await session.renew({ durationMs: 1 })
  // @ts-expect-error no such method
  await session.shell()
  console.log(new Listener())
}
