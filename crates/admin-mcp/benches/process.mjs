// What a server costs the machine of a client: the time from its start to the answer of `initialize`, the memory that it holds while it
// waits, its size, and the time to its end once its input has ended. Beside each other in one run, with a bare start of Node.
//
// Usage: node crates/admin-mcp/benches/process.mjs [ROUNDS]   (after `cargo build --release -p admin-mcp -p admin-cli`, and
// `cargo build --profile dist -p admin-mcp` for what bundles ship)
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'

const rounds = Number(process.argv[2] ?? 60)
const target = new URL('../../../target/', import.meta.url).pathname
const bin = `${target}release/`
const servers = { 'aisetu-mcp': [`${bin}aisetu-mcp`], 'aisetu mcp serve': [`${bin}aisetu`, 'mcp', 'serve'] }
if (existsSync(`${target}dist/aisetu-mcp`)) servers['aisetu-mcp, profile dist'] = [`${target}dist/aisetu-mcp`]
const env = { PATH: process.env.PATH, HOME: '/nonexistent' }
const initialize = JSON.stringify({
  jsonrpc: '2.0', id: 1, method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '0' } },
})

const once1 = async ([command, ...args]) => {
  const begun = performance.now()
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'ignore'] })
  child.stdin.write(`${initialize}\n`)
  await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  const answered = performance.now() - begun
  const held = Number(readFileSync(`/proc/${child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+) kB/)[1]) / 1024
  const ending = performance.now()
  child.stdin.end()
  const [code] = await once(child, 'exit')
  return { answered, held, ended: performance.now() - ending, code }
}

const bare = []
const runs = Object.fromEntries(Object.keys(servers).map(name => [name, []]))
for (let round = 0; round < rounds; round += 1) {
  for (const [name, command] of Object.entries(servers)) runs[name].push(await once1(command))
  const begun = performance.now()
  spawnSync(process.execPath, ['-e', '0'])
  bare.push(performance.now() - begun)
}

const at = (values, share) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(values.length * share) - 1)].toFixed(1)
for (const [name, all] of Object.entries(runs)) {
  const of = field => all.map(run => run[field])
  console.log(`${name}: initialize answered in ${at(of('answered'), 0.5)} ms (p95 ${at(of('answered'), 0.95)}), ` +
    `${at(of('held'), 0.95)} MB held, ended in ${at(of('ended'), 0.95)} ms with ${[...new Set(of('code'))]}, ` +
    `${(statSync(servers[name][0]).size / 1e6).toFixed(1)} MB large`)
}
console.log(`node -e 0: ${at(bare, 0.5)} ms (p95 ${at(bare, 0.95)})`)
