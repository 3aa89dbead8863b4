// Runs commands in a session's shell, with the official Cap'n Web package: npm install capnweb ws
// echo PASSWORD | node examples/shell.mjs ws://127.0.0.1:8080/rpc ACCOUNT
import { createInterface } from 'node:readline/promises'
import { newWebSocketRpcSession } from 'capnweb'
import { WebSocket } from 'ws'

globalThis.WebSocket ??= WebSocket // Node has one of its own from version 22 on.

const [url, account] = process.argv.slice(2)
if (!account) throw new Error('usage: echo PASSWORD | node shell.mjs ws://127.0.0.1:8080/rpc ACCOUNT')
const terminal = createInterface({ input: process.stdin })
const password = await terminal.question('')
terminal.close()

const node = newWebSocketRpcSession(url)
const session = await node.authenticate({ account, password })
const shell = await session.capSet().get('shell')

const { exitCode, stdout } = await shell.exec('ls', ['-l', '/'])
console.log(exitCode, stdout)

const command = await shell.spawn('sh', ['-c', 'for i in 1 2 3; do echo $i; sleep 0.1; done; exit 4'])
command.onData(chunk => { process.stdout.write(chunk) })
console.log('it ended with', (await command.wait()).exitCode)

await session.logout()
node[Symbol.dispose]()
