// What the programs here stand on. Node 20 has no WebSocket of its own, which the package asks for.

import { inspect } from 'node:util'
import { WebSocket } from 'ws'

globalThis.WebSocket ??= WebSocket

/** What the test that starts a program tells it. */
export const settings = JSON.parse(process.argv[2])

/** Longer than anything here takes. */
const PATIENCE = 30_000

/** The outcome of something that must come; `what` says what did not. */
export async function within(promise, what) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} never came`)), PATIENCE)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** A promise that is settled from outside. */
export function once() {
  let settle
  const promise = new Promise(resolve => { settle = resolve })
  return Object.assign(promise, { settle })
}

/** What `work` says through `console.log`; `show.line` is called for each line. */
export async function captured(work) {
  const said = [], log = console.log, show = {}
  console.log = (...words) => {
    const line = words.map(word => typeof word === 'string' ? word : inspect(word)).join(' ') + '\n'
    said.push(line)
    show.line?.(line)
  }
  try {
    await work(show)
  } finally {
    console.log = log
  }
  return said.join('')
}

/** Awaits a refusal, and gives its code. */
export async function refusal(promise) {
  try {
    await promise
  } catch (error) {
    return error.code ?? error.name
  }
  throw new Error('it was not refused')
}
