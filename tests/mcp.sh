#!/usr/bin/env bash
# The server for builder agents beside programs that nobody here wrote: the official clients of TypeScript and Python, the protocol's
# conformance suite and Inspector, two linters, the packer of bundles. They are installed below the clone, from npm and PyPI.
#
# Usage: tests/mcp.sh   AISETU and AISETU_MCP are the programs [default: target/release/aisetu, target/debug/aisetu-mcp]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
export AISETU=${AISETU:-$PWD/target/release/aisetu} AISETU_MCP=${AISETU_MCP:-$PWD/target/debug/aisetu-mcp}
work=$PWD/target/mcp
fail() {
  echo "error: $1" >&2
  exit 1
}
step() { printf '\n--> %s (after %d s)\n' "$1" "$SECONDS"; }

if [ "${1:-}" != inside ]; then
  step "install"
  mkdir -p "$work"
  for folder in tests/mcp tests/mcp/tools; do
    (cd $folder && npm ci --silent --no-audit --no-fund)
  done
  # Each has its own: they ask for other versions of the same.
  for set in clients fastmcp; do
    [ -x "$work/$set/bin/pip" ] || python3 -m venv "$work/$set"
    "$work/$set/bin/pip" install --quiet --disable-pip-version-check -r tests/mcp/python/$set.txt
  done
  exec "$AISETU" dev -- "$here/mcp.sh" inside
fi

PATH=$PWD/tests/mcp/tools/node_modules/.bin:$PATH
export MCP_INSPECTOR_SECRET_STORE=memory
scratch=$(mktemp -d)
serving=
trap 'kill $serving 2>/dev/null || true; rm -rf "$scratch"' EXIT

# Some of these give the server they start no environment: this program has its own.
launch() { # FILE ARGUMENT..
  local file=$scratch/$1
  shift
  (umask 077 && printf '#!/bin/sh\nexec env AI_SETU_PAT=%q AI_SETU_API_BASE_URL=%q %s\n' \
    "$AI_SETU_PAT" "$AI_SETU_API_BASE_URL" "$*" >"$file")
  chmod 700 "$file"
}
launch default "$AISETU" mcp serve
launch all "$AISETU" mcp serve --toolsets all

step "the official clients, over stdio and HTTP"
node tests/mcp/clients.mjs "$AISETU" mcp serve
node tests/mcp/probe.mjs "$AISETU_MCP"
"$work/clients/bin/python" tests/mcp/clients.py "$AISETU" mcp serve
"$work/fastmcp/bin/fastmcp" list --command "$scratch/default" >"$scratch/listed"
grep -q create_api_key "$scratch/listed" || fail "fastmcp lists no create_api_key"
echo "ok  fastmcp"

step "conformance, each revision against what is known not to be there"
"$AISETU_MCP" --http 127.0.0.1:0 2>"$scratch/serving" &
serving=$!
until grep -q '^serving on ' "$scratch/serving"; do sleep 0.1; done
url=$(sed -n 's/^serving on //p' "$scratch/serving")
suite=tests/mcp/tools/node_modules/@modelcontextprotocol/conformance/dist/index.js
for revision in 2026-07-28 2025-11-25; do
  out=$scratch/conformance-$revision
  node $suite server --url "$url" --requirements $revision --expected-failures tests/mcp/conformance/$revision.yml -o "$out" \
    >"$out.log" || { tail -40 "$out.log"; exit 1; }
  echo "ok  $revision: $(sed -n 's/^Total: //p' "$out.log")"
done
passed() { jq -s '[.[][] | select(.status == "SUCCESS")] | length' "$scratch"/conformance-2026-07-28/server-"$1"-2*/checks.json; }
for want in server-stateless:21 caching:8 http-header-validation:14 dns-rebinding-protection:2; do
  [ "$(passed "${want%:*}")" -ge "${want#*:}" ] || fail "${want%:*} passed $(passed "${want%:*}") of ${want#*:}"
done
kill $serving
wait $serving || true
serving=

step "the Inspector, strict, in three eras; and a thousand calls, 16 at once"
for era in legacy auto modern; do
  for tools in default all; do
    mcp-inspector --cli -q --protocol-era $era "$scratch/$tools" --method tools/list --strict >"$scratch/listed" 2>"$scratch/warned"
    [ ! -s "$scratch/warned" ] || { cat "$scratch/warned" >&2; exit 1; }
    echo "ok  $era: $(jq '.tools | length' "$scratch/listed") tools, no warning"
  done
done
for era in legacy modern; do
  mcp-inspector --cli -q --protocol-era $era "$scratch/default" --method tools/call --tool-name list_workspaces \
    --load --load-requests 1000 --load-concurrency 16 >"$scratch/load"
  jq -e '.ok == 1000 and .errors == 0 and .toolErrors == 0' "$scratch/load" >/dev/null || { cat "$scratch/load" >&2; exit 1; }
  echo "ok  $era: $(jq -r '"\(.ok) calls, \(.throughput | floor)/s, p50 \(.latencyMs.p50) ms, p99 \(.latencyMs.p99) ms"' "$scratch/load")"
done

step "linters"
score=$(mcpgrade --stdio "$scratch/default" --json | jq .totalScore)
[ "$score" -ge 90 ] || fail "mcpgrade gives $score of 100"
echo "ok  mcpgrade: $score of 100"
score=$(oh-my-mcp --cmd "$scratch/default" | sed 's/\x1b\[[0-9;]*m//g' | sed -n 's|^ *\([0-9]*\)/100 ([A-F]).*|\1|p')
[ "$score" -ge 95 ] || fail "oh-my-mcp gives $score of 100"
echo "ok  oh-my-mcp: $score of 100"

step "nothing is opened before the first call"
node tests/mcp/quiet.mjs "$AISETU" mcp serve

step "the bundle"
crates/admin-mcp/packaging/bundle.sh "$AISETU_MCP" "$scratch/bundle" https://aisetu.ai/aisetu.mcpb >"$scratch/packed" || { cat "$scratch/packed"; exit 1; }
mcpb unpack "$scratch/bundle/aisetu.mcpb" "$scratch/unpacked" >/dev/null
(cd "$scratch/unpacked" && node "$here/mcp/probe.mjs" ./server/aisetu-mcp)
jq -e '.packages[0].fileSha256 | test("^[1-9a-f0][0-9a-f]{63}$") and (test("^0+$") | not)' "$scratch/bundle/server.json" >/dev/null
step "done"
