#!/usr/bin/env bash
# How long a whole command takes, beside curl and node that ask the same of the same control plane, in one run on one machine:
#   cargo build --release -p admin-cli && crates/admin-cli/benches/startup.sh
# Needs hyperfine, curl and node.
set -euo pipefail
cd "$(dirname "$0")/../../.."
bin=$PWD/target/release/aisetu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/fetch.mjs" <<'END'
const query = 'query { workspacesList(input: {}) { items { id name } nextCursor } }'
const answer = await fetch(`${process.env.AI_SETU_API_BASE_URL}/graphql`, {
  method: 'POST',
  headers: { authorization: `Bearer ${process.env.AI_SETU_PAT}`, 'content-type': 'application/json' },
  body: JSON.stringify({ query }),
})
console.log(JSON.stringify(await answer.json()))
END
# The token stands in a file of curl's, as it would for whoever cares; and no shell is counted as curl's.
cat >"$work/run" <<END
set -eu
printf 'url = "%s/graphql"\nheader = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\ndata = "{\\\\"query\\\\":\\\\"query { workspacesList(input: {}) { items { id name } nextCursor } }\\\\"}"\nsilent\nshow-error\n' \
  "\$AI_SETU_API_BASE_URL" "\$AI_SETU_PAT" > "$work/curl.config"
curl -K "$work/curl.config" | grep -q workspacesList
"$bin" workspaces list -o json | grep -q items
node "$work/fetch.mjs" | grep -q workspacesList
hyperfine --shell none --warmup 20 --runs 200 --export-json "$work/figures" \
  --command-name 'aisetu --help' "$bin --help" \
  --command-name 'aisetu workspaces list' "$bin workspaces list -o json" \
  --command-name 'curl, the same request' "curl -K $work/curl.config" \
  --command-name 'node, the same request' "node $work/fetch.mjs"
END
AI_SETU_NO_KEYRING=1 "$bin" dev -- sh "$work/run"
node -e '
const { results } = JSON.parse(require("fs").readFileSync(process.argv[1]))
const median = name => results.find(one => one.command === name).median * 1000
const [help, list, curl, node] = ["aisetu --help", "aisetu workspaces list", "curl, the same request", "node, the same request"].map(median)
console.log(`median ms: --help ${help.toFixed(1)}, list ${list.toFixed(1)}, curl ${curl.toFixed(1)}, node ${node.toFixed(1)}; list / curl ${(list / curl).toFixed(2)}, list / node ${(list / node).toFixed(3)}`)
' "$work/figures"
