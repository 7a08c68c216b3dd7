// Starts a server of the Model Context Protocol that only reads, as a client would: it must list nothing that changes something, list keys,
// and refuse to make one, with what comes next.
//
// Usage: refused.mjs COMMAND [ARGUMENT]..
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const [command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
const failed = new Promise((_, reject) => child.on('error', reject))
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
const send = message => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const ask = async (id, method, params) => {
  send({ id, method, params })
  const { value, done } = await Promise.race([lines.next(), failed])
  if (done) throw new Error(`it ended before it answered ${method}`)
  return JSON.parse(value)
}
const must = (what, so) => { if (!so) throw new Error(what) }

await ask(1, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'refused', version: '0' } })
send({ method: 'notifications/initialized' })
const { result: { tools } } = await ask(2, 'tools/list', {})
must('a tool that changes something is listed', tools.every(tool => tool.name === 'login' || tool.annotations.readOnlyHint))
const keys = await ask(3, 'tools/call', { name: 'list_api_keys', arguments: {} })
must(`keys cannot be listed: ${JSON.stringify(keys)}`, !keys.result.isError)
const refused = await ask(4, 'tools/call', { name: 'create_api_key', arguments: { name: 'x', deliver: { kind: 'env_file', path: '.env', variable: 'X' } } })
const text = refused.result?.content?.[0]?.text ?? refused.error?.message ?? ''
must(`a key was made: ${JSON.stringify(refused)}`, refused.error || refused.result.isError)
must(`it does not say what comes next: ${text}`, text.includes('Next step:'))
child.stdin.end()
console.log(text)
