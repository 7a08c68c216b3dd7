"""The same job through the official Python SDK, in the protocol's legacy and modern eras, over stdio and HTTP.

Usage: aisetu dev -- python clients.py COMMAND [ARGUMENT]..   (COMMAND starts the server)
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import httpx2
from mcp import MCPError
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitResult, PromptReference, ResourceTemplateReference

server = sys.argv[1:]
pat, base_url = os.environ["AI_SETU_PAT"], os.environ["AI_SETU_API_BASE_URL"]
environment = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "AI_SETU_PAT": pat,
    "AI_SETU_API_BASE_URL": base_url,
    "AI_SETU_MCP_TOOLSETS": "all",
}
ERAS = ["legacy", "auto", "2026-07-28"]


def verify(key):
    headers = {"authorization": f"Bearer {pat}", "content-type": "application/json"}
    request = urllib.request.Request(f"{base_url}/v1/keys/verify", json.dumps({"key": key}).encode(), headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)["code"]


async def answer(client, tool, arguments=None):
    result = await client.call_tool(tool, arguments or {})
    assert not result.is_error, f"{tool}: {result.content}"
    return result.structured_content


async def refusal(client, tool, arguments=None):
    result = await client.call_tool(tool, arguments or {})
    assert result.is_error and result.structured_content is None, f"{tool}: {result}"
    return result.content[0].text


async def guide(client, workspace):
    resources = (await client.list_resources()).resources
    assert any(str(resource.uri) == "aisetu://guide" for resource in resources)
    assert "list_api_keys" in (await client.read_resource("aisetu://guide")).contents[0].text
    templates = (await client.list_resource_templates()).resource_templates
    uri = next(one.uri_template for one in templates if one.uri_template.startswith("aisetu://workspaces/"))
    argument = {"name": re.search(r"\{(\w+)\}", uri)[1], "value": workspace["id"][:6]}
    completed = await client.complete(ResourceTemplateReference(type="ref/resource", uri=uri), argument)
    assert workspace["id"] in completed.completion.values
    prompts = (await client.list_prompts()).prompts
    assert sorted(prompt.name for prompt in prompts) == ["add_provider", "onboard", "rotate_key"]
    prompt = await client.get_prompt("rotate_key", {"key": "CI"})
    assert "CI" in prompt.messages[0].content.text
    completed = await client.complete(PromptReference(type="ref/prompt", name="add_provider"), {"name": "provider", "value": "open"})
    assert "OPENAI" in [value.upper() for value in completed.completion.values], completed


class Person:
    """Who answers what a client asks."""

    def __init__(self):
        self.reply, self.asked = ElicitResult(action="decline"), []

    async def __call__(self, _, params):
        self.asked.append(params.message)
        return self.reply


async def job(name, mode, transport, folder):
    person = Person()
    over_http = folder is None
    async with Client(transport(), mode=mode, elicitation_callback=person) as client:
        tools = (await client.list_tools()).tools
        await answer(client, "get_status")
        workspace = (await answer(client, "list_workspaces", {"limit": 1}))["items"][0]
        await guide(client, workspace)
        try:
            await client.call_tool("no_such_tool", {})
            raise AssertionError("there is no such tool")
        except MCPError as error:
            assert error.code == -32602
        text = await refusal(client, "get_api_key", {"id": "key_00000000000000000000000000"})
        assert re.match(r"NOT_FOUND: [^$]*Request id: req_", text), text
        if over_http:
            print(f"ok  {name}: {len(tools)} tools")
            return
        deliver = {"kind": "env_file", "path": ".env", "variable": "AI_SETU_API_KEY"}
        arguments = {"name": "CI", "workspaceId": workspace["id"], "deliver": deliver}
        created = (await answer(client, "create_api_key", arguments))["item"]
        secret = re.search(r"^AI_SETU_API_KEY=(tt_live_\w+)$", Path(folder, ".env").read_text(), re.M)[1]
        assert verify(secret) == "VALID"
        revoke = {"id": created["id"]}
        assert (await refusal(client, "revoke_api_key", revoke)).startswith("ABORTED: the user said no")
        person.reply = ElicitResult(action="accept", content={"name": "something else"})
        assert (await refusal(client, "revoke_api_key", revoke)).startswith("ABORTED")
        assert verify(secret) == "VALID"
        person.reply = ElicitResult(action="accept", content={"name": "CI"})
        assert (await answer(client, "revoke_api_key", revoke))["state"] == "REVOKED"
        assert verify(secret) == "REVOKED" and all("`CI`" in asked for asked in person.asked)
    async with Client(transport(), mode=mode) as mute:
        await answer(mute, "restore_api_key", revoke)
        assert (await refusal(mute, "revoke_api_key", revoke)).startswith("CONFIRMATION_REQUIRED")
    print(f"ok  {name}: {len(tools)} tools")


async def main():
    for mode in ERAS:
        with tempfile.TemporaryDirectory() as folder:
            stdio = StdioServerParameters(command=server[0], args=server[1:], env=environment, cwd=folder)
            await job(f"Python SDK, {mode}", mode, lambda: stdio, folder)
    served = subprocess.Popen([*server, "--http", "127.0.0.1:0"], env=environment, stderr=subprocess.PIPE, text=True)
    try:
        url = next(line.split()[2] for line in served.stderr if line.startswith("serving on "))
        for mode in ERAS:
            async with httpx2.AsyncClient(headers={"authorization": f"Bearer {pat}"}) as http:
                await job(f"Python SDK, {mode}, over HTTP", mode, lambda: streamable_http_client(url, http_client=http), None)
    finally:
        served.terminate()
        served.wait()


asyncio.run(main())
