// Starts a server of the Model Context Protocol as a client would, asks who is calling, and fails unless a person is.
//
// Usage: probe.mjs COMMAND [ARGUMENT]..   or   probe.mjs --config .mcp.json
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const probe = async ({ command, args = [], env = {} }) => {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  const failed = new Promise((_, reject) => child.on('error', reject))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const send = message => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const ask = async (id, method, params) => {
    send({ id, method, params })
    const { value, done } = await Promise.race([lines.next(), failed])
    if (done) throw new Error(`it ended before it answered ${method}`)
    return JSON.parse(value).result
  }
  await ask(1, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'probe', version: '0' } })
  send({ method: 'notifications/initialized' })
  const who = await ask(2, 'tools/call', { name: 'get_status', arguments: {} })
  child.stdin.end()
  if (who.isError) throw new Error(who.content[0].text)
  console.log(`${command} ${args.join(' ')}: ${who.structuredContent.account.user.email}`)
}

const [first, ...rest] = process.argv.slice(2)
const servers = first === '--config'
  ? Object.values(JSON.parse(readFileSync(rest[0], 'utf8')).mcpServers)
  : [{ command: first, args: rest }]
for (const server of servers) await probe(server)
