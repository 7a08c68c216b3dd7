// The main job through clients of the Model Context Protocol that nobody here wrote: the official TypeScript SDK in both of its
// major versions, in the protocol's legacy and modern eras, over stdio and HTTP. Over stdio every byte between client and server is
// recorded, and holds no secret.
//
// Usage: aisetu dev -- node clients.mjs COMMAND [ARGUMENT]..   (COMMAND starts the server)
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client'
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio'

import { environment, graphql, serveOverHttp, silence, verify } from './world.mjs'

const server = process.argv.slice(2)
assert(server.length > 0, 'usage: clients.mjs COMMAND [ARGUMENT]..')
const { AI_SETU_PAT: pat, AI_SETU_API_BASE_URL: baseUrl } = process.env
assert(pat && baseUrl, 'AI_SETU_PAT and AI_SETU_API_BASE_URL name the control plane')

const info = { name: 'aisetu-tests', version: '0' }
const forms = { capabilities: { elicitation: {} } }
const v1 = { Client: ClientV1, Stdio: StdioV1, Http: HttpV1, elicitation: ElicitRequestSchema, call: (client, request, options) => client.callTool(request, undefined, options) }
const v2 = { Client: ClientV2, Stdio: StdioV2, Http: HttpV2, elicitation: 'elicitation/create', call: (client, request, options) => client.callTool(request, options) }
const variants = [
  ['TypeScript SDK 1, legacy', v1, {}],
  ['TypeScript SDK 2, legacy', v2, {}],
  ['TypeScript SDK 2, auto', v2, { versionNegotiation: { mode: 'auto' } }],
  ['TypeScript SDK 2, 2026-07-28', v2, { versionNegotiation: { mode: { pin: '2026-07-28' } } }],
]
const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds))

/// What can be read and filled in beside the tools.
const guide = async (client, workspace) => {
  const { resources } = await client.listResources()
  assert(resources.some(({ uri }) => uri === 'aisetu://guide'))
  const { contents } = await client.readResource({ uri: 'aisetu://guide' })
  assert.match(contents[0].text, /list_api_keys/)
  const { resourceTemplates } = await client.listResourceTemplates()
  const template = resourceTemplates.find(({ uriTemplate }) => uriTemplate.startsWith('aisetu://workspaces/')).uriTemplate
  const read = await client.readResource({ uri: `aisetu://workspaces/${workspace.id}` })
  assert(read.contents[0].text.includes(workspace.id))
  await assert.rejects(client.readResource({ uri: 'aisetu://nothing' }))
  const argument = template.match(/\{(\w+)\}/)[1]
  const { completion } = await client.complete({ ref: { type: 'ref/resource', uri: template }, argument: { name: argument, value: workspace.id.slice(0, 6) } })
  assert(completion.values.includes(workspace.id))
  const { prompts } = await client.listPrompts()
  assert.deepEqual(prompts.map(({ name }) => name).sort(), ['add_provider', 'onboard', 'rotate_key'])
  const { messages } = await client.getPrompt({ name: 'onboard', arguments: { email: 'ada@example.com' } })
  assert(messages[0].content.text.includes('ada@example.com'))
}

/// A call that takes its time tells of it, and one that is given up ends on the wire.
const slow = async (name, { Client, Stdio, call }, options) => {
  const nobody = await silence()
  const client = new Client(info, { ...options, capabilities: {} })
  const [command, ...args] = server
  await client.connect(new Stdio({ command, args, env: { ...environment(), AI_SETU_API_BASE_URL: nobody.url } }))
  const told = []
  const given = new AbortController()
  const pending = call(client, { name: 'list_workspaces', arguments: {} }, { onprogress: ({ progress }) => told.push(progress), signal: given.signal })
  const outcome = pending.then(() => 'answered', () => 'given up')
  await pause(3500)
  assert(told.length >= 3 && told.every((progress, at) => at === 0 || progress > told[at - 1]), `${name}: progress ${told}`)
  assert.equal(nobody.gone.length, 0)
  const at = performance.now()
  given.abort()
  assert.equal(await outcome, 'given up')
  await pause(400)
  const took = nobody.gone[0] - at
  assert(took < 250, `${name}: the call went on for ${took} ms`)
  await client.close()
  nobody.stop()
  return `${told.length} times of progress, given up in ${Math.round(took)} ms`
}

/// What a client reaches over HTTP, with its token in each request and nothing of this machine.
const overHttp = async ([name, { Client, Http, elicitation }, options], url) => {
  const { workspacesList: { items: [workspace] } } = await graphql('{ workspacesList(input: {}) { items { id } } }')
  const { apiKeysCreate: made } = await graphql(
    'mutation($in: ID!) { apiKeysCreate(input: { name: "http", workspaceId: $in }) { item { id } secret } }', { in: workspace.id })
  const connect = async (capabilities, token, person) => {
    const client = new Client(info, { ...options, capabilities })
    if (person) client.setRequestHandler(elicitation, person)
    const headers = token ? { authorization: `Bearer ${token}` } : {}
    await client.connect(new Http(new URL(url), { requestInit: { headers } }))
    return client
  }
  const revoke = { name: 'revoke_api_key', arguments: { id: made.item.id } }
  let reply = { action: 'decline' }
  const client = await connect(forms.capabilities, pat, async () => reply)
  const { tools } = await client.listTools()
  assert(!tools.some(tool => tool.name === 'login'), 'there is no store to sign in to')
  const who = await client.callTool({ name: 'get_status', arguments: {} })
  assert(who.structuredContent.account.user.email)
  await guide(client, workspace)
  assert.match((await client.callTool(revoke)).content[0].text, /^ABORTED/)
  reply = { action: 'accept', content: { name: 'http' } }
  assert.equal((await client.callTool(revoke)).structuredContent.state, 'REVOKED')
  assert.equal(await verify(made.secret), 'REVOKED')
  await client.close()
  const stranger = await connect({}, undefined)
  assert.match((await stranger.callTool({ name: 'list_workspaces', arguments: {} })).content[0].text, /^UNAUTHENTICATED/)
  await stranger.close()
  console.log(`ok  ${name}, over HTTP: ${tools.length} tools`)
}

const run = async ([name, version, era]) => {
  const { Client, Stdio, elicitation } = version
  const folder = mkdtempSync(join(tmpdir(), 'aisetu-mcp-'))
  const tape = join(folder, 'tape')
  const connect = async (options, person) => {
    const client = new Client(info, { ...options, ...era })
    if (person) client.setRequestHandler(elicitation, person)
    await client.connect(new Stdio({
      command: 'sh',
      args: ['-c', 'tape=$1; shift; tee -a "$tape" | "$@" | tee -a "$tape"', 'sh', tape, ...server],
      env: environment(),
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
  await guide(client, workspace)
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
// They wait, and so at once.
await Promise.all(variants.map(async ([name, version, era]) => console.log(`ok  ${name}: ${await slow(name, version, era)}`)))
const http = await serveOverHttp(server)
for (const variant of variants) await overHttp(variant, http.url)
await http.stop()
