// The main job through clients of the Model Context Protocol that nobody here wrote: the official TypeScript SDK in both of its
// major versions, in the protocol's legacy and modern eras. Every byte between client and server is recorded, and holds no secret.
//
// Usage: aisetu dev -- node clients.mjs COMMAND [ARGUMENT]..   (COMMAND starts the server)
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { Client as ClientV2 } from '@modelcontextprotocol/client'
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio'

const server = process.argv.slice(2)
assert(server.length > 0, 'usage: clients.mjs COMMAND [ARGUMENT]..')
const { AI_SETU_PAT: pat, AI_SETU_API_BASE_URL: baseUrl, PATH } = process.env
assert(pat && baseUrl, 'AI_SETU_PAT and AI_SETU_API_BASE_URL name the control plane')

const info = { name: 'aisetu-tests', version: '0' }
const forms = { capabilities: { elicitation: {} } }
const variants = [
  ['TypeScript SDK 1, legacy', options => new ClientV1(info, options), StdioV1, ElicitRequestSchema],
  ['TypeScript SDK 2, legacy', options => new ClientV2(info, options), StdioV2, 'elicitation/create'],
  ['TypeScript SDK 2, auto', options => new ClientV2(info, { ...options, versionNegotiation: { mode: 'auto' } }), StdioV2, 'elicitation/create'],
  ['TypeScript SDK 2, 2026-07-28', options => new ClientV2(info, { ...options, versionNegotiation: { mode: { pin: '2026-07-28' } } }), StdioV2, 'elicitation/create'],
]

const verify = async key => {
  const response = await fetch(`${baseUrl}/v1/keys/verify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${pat}`, 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  })
  assert.equal(response.status, 200)
  return (await response.json()).code
}

const run = async ([name, makeClient, Stdio, elicitation]) => {
  const folder = mkdtempSync(join(tmpdir(), 'aisetu-mcp-'))
  const tape = join(folder, 'tape')
  const connect = async (options, person) => {
    const client = makeClient(options)
    if (person) client.setRequestHandler(elicitation, person)
    await client.connect(new Stdio({
      command: 'sh',
      args: ['-c', 'tape=$1; shift; tee -a "$tape" | "$@" | tee -a "$tape"', 'sh', tape, ...server],
      env: { PATH, HOME: '/nonexistent', AI_SETU_PAT: pat, AI_SETU_API_BASE_URL: baseUrl, AI_SETU_MCP_TOOLSETS: 'all' },
      cwd: folder,
    }))
    return client
  }
  const answer = async (client, tool, args) => {
    const result = await client.callTool({ name: tool, arguments: args })
    assert(!result.isError, `${tool}: ${result.content?.[0]?.text}`)
    return result.structuredContent
  }
  const refusal = async (client, tool, args) => {
    const result = await client.callTool({ name: tool, arguments: args })
    assert.equal(result.isError, true, tool)
    return result.content[0].text
  }

  let asked = []
  let reply = 'decline'
  const person = async request => {
    asked.push(request.params.message)
    return reply === 'accept' ? { action: 'accept', content: { name: 'CI' } } : { action: reply }
  }
  const client = await connect(forms, person)
  const { tools } = await client.listTools()
  for (const tool of ['get_status', 'create_api_key', 'revoke_api_key']) assert(tools.some(({ name }) => name === tool), tool)

  // Whatever it answers, the client checks against the tool's schema.
  await answer(client, 'get_status', {})
  const workspace = (await answer(client, 'list_workspaces', { limit: 1 })).items[0]
  await answer(client, 'get_workspace', { id: workspace.id })
  await answer(client, 'list_workspace_members', { workspaceId: workspace.id })
  await answer(client, 'list_pats', {})
  const made = await answer(client, 'create_workspace', { name: 'side' })
  await answer(client, 'rename_workspace', { id: made.id, name: 'aside' })

  const deliver = { kind: 'env_file', path: '.env', variable: 'AI_SETU_API_KEY' }
  const created = await answer(client, 'create_api_key', { name: 'CI', workspaceId: workspace.id, deliver })
  const secret = readFileSync(join(folder, '.env'), 'utf8').match(/^AI_SETU_API_KEY=(tt_live_\w+)$/m)[1]
  assert.equal(statSync(join(folder, '.env')).mode & 0o777, 0o600)
  assert.equal(await verify(secret), 'VALID')
  const id = created.item.id
  await answer(client, 'get_api_key', { id })
  await answer(client, 'list_api_keys', { workspaceId: workspace.id })

  assert.match(await refusal(client, 'revoke_api_key', { id }), /^ABORTED: the user said no; nothing was changed/)
  assert.equal(asked.length, 1)
  assert.match(asked[0], /Type its name, `CI`, to go on/)
  assert.equal(await verify(secret), 'VALID')
  reply = 'accept'
  assert.equal((await answer(client, 'revoke_api_key', { id, code: 'UNUSED' })).state, 'REVOKED')
  assert.equal(await verify(secret), 'REVOKED')
  await answer(client, 'restore_api_key', { id })
  assert.equal(await verify(secret), 'VALID')
  assert.match(await refusal(client, 'get_api_key', { id: 'key_00000000000000000000000000' }), /^NOT_FOUND: [^]*Request id: req_/)
  await assert.rejects(client.callTool({ name: 'no_such_tool', arguments: {} }))
  await client.close()

  const mute = await connect({ capabilities: {} })
  assert.match(await refusal(mute, 'revoke_api_key', { id }), new RegExp(`^CONFIRMATION_REQUIRED: [^]*aisetu --base-url \\S+ api-keys revoke ${id} --yes`))
  assert.equal(await verify(secret), 'VALID')
  await mute.close()

  const said = readFileSync(tape, 'utf8')
  assert(said.includes('revoke_api_key') && said.includes(id), 'the tape holds the traffic')
  for (const hidden of [secret, secret.slice(8), pat, pat.slice(7)]) assert(!said.includes(hidden), 'a secret was said')
  rmSync(folder, { recursive: true })
  console.log(`ok  ${name}: ${tools.length} tools, ${said.trim().split('\n').length} messages`)
}

for (const variant of variants) await run(variant)
