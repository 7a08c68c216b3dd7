// Starts the server under strace, as a client would in each era, lists all there is, and fails if it has opened a socket, asked for a
// name, or touched a file of a person before the first call.
//
// Usage: quiet.mjs COMMAND [ARGUMENT]..
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { environment } from './world.mjs'

const server = process.argv.slice(2)
const home = mkdtempSync(join(tmpdir(), 'aisetu-quiet-'))
const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {}, 'io.modelcontextprotocol/clientInfo': { name: 'quiet', version: '0' } }
const eras = {
  legacy: [['initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'quiet', version: '0' } }], {}],
  modern: [['server/discover', { _meta: meta }], { _meta: meta }],
}

for (const [era, [first, params]] of Object.entries(eras)) {
  const trace = join(home, `${era}.trace`)
  const child = spawn('strace', ['-f', '-qq', '-e', 'trace=network,open,openat,openat2,connect,execve', '-o', trace, ...server],
    { env: environment(home), cwd: home, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let id = 0
  const send = message => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  const ask = async (method, params) => {
    send({ id: ++id, method, params })
    const { value, done } = await lines.next()
    assert(!done, `it ended before it answered ${method}; strace needs the right to trace`)
    assert(JSON.parse(value).result, value)
  }
  await ask(...first)
  if (era === 'legacy') send({ method: 'notifications/initialized' })
  for (const list of ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']) await ask(list, params)
  const before = readFileSync(trace, 'utf8').split('\n')
  // That the trace sees what it should, a call shows.
  await ask('tools/call', { ...params, name: 'list_workspaces', arguments: {} })
  child.stdin.end()
  await once(child, 'exit')
  const all = readFileSync(trace, 'utf8').split('\n')
  const talks = line => /\b(socket|connect|bind|listen|sendto)\(/.test(line) && !/AF_UNIX|socketpair/.test(line)
  const touches = line => /\bopen(at2?)?\(/.test(line) && line.includes(`"${home}`)
  const starts = line => /\bexecve\(/.test(line)
  assert.deepEqual(before.filter(line => talks(line) || touches(line)), [], era)
  assert.equal(before.filter(starts).length, 1, `${era}: it started a program`)
  assert(all.some(talks), `${era}: the call opens a socket`)
  const opened = before.filter(line => /\bopen(at2?)?\(/.test(line) && !/ENOENT/.test(line)).map(line => line.match(/"([^"]*)"/)?.[1])
  console.log(`ok  ${era}: no socket, nothing of the person's; opened by the system: ${[...new Set(opened)].join(' ')}`)
}
rmSync(home, { recursive: true })
