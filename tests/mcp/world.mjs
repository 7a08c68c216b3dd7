// What the checks of this folder have in common: the server over HTTP, and a control plane that never answers.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const { PATH, AI_SETU_PAT, AI_SETU_API_BASE_URL } = process.env

/// The environment that a client starts the server with: nothing of this machine but the token.
export const environment = (home = '/nonexistent') =>
  ({ PATH, HOME: home, AI_SETU_PAT, AI_SETU_API_BASE_URL, AI_SETU_MCP_TOOLSETS: 'all' })

/// Starts the server over HTTP on a free port, and says where.
export const serveOverHttp = async ([command, ...args], env = environment()) => {
  const child = spawn(command, [...args, '--http', '127.0.0.1:0'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  for await (const line of createInterface({ input: child.stderr })) {
    const url = line.match(/^serving on (\S+)$/)?.[1]
    if (url) return { url, stop: async () => { child.kill(); await once(child, 'exit') } }
  }
  throw new Error('the server did not start')
}

/// A control plane that takes calls and never answers. It notes when whoever asked goes away.
export const silence = async () => {
  const gone = []
  const server = createServer((request, response) => {
    request.resume()
    response.on('close', () => gone.push(performance.now()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${server.address().port}`, gone, stop: () => { server.closeAllConnections(); server.close() } }
}

/// Calls the control plane itself, beside the server.
export const graphql = async (query, variables) => {
  const response = await fetch(`${AI_SETU_API_BASE_URL}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${AI_SETU_PAT}`, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = await response.json()
  assert(!errors, JSON.stringify(errors))
  return data
}

/// What a gateway is told about a key.
export const verify = async key => {
  const response = await fetch(`${AI_SETU_API_BASE_URL}/v1/keys/verify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${AI_SETU_PAT}`, 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  })
  assert.equal(response.status, 200)
  return (await response.json()).code
}
