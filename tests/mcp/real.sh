#!/usr/bin/env bash
# Agents that people use, with homes of their own: each must find the server that `aisetu mcp install` has written into its file, and say that
# it is connected. They are large, so it is not run with every change.
#
# Usage: tests/mcp/real.sh   AISETU is the program [default: target/release/aisetu]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
export AISETU=${AISETU:-$PWD/target/release/aisetu}
agents=$PWD/target/mcp/agents

if [ "${1:-}" != inside ]; then
  mkdir -p "$agents"
  (cd "$agents" && npm install --silent --no-audit --no-fund --no-save @anthropic-ai/claude-code@2.1.330 @google/gemini-cli@0.61.0)
  exec "$AISETU" dev -- "$here/real.sh" inside
fi

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
# Gemini starts nothing in a folder that nobody has trusted.
export HOME=$home GEMINI_CLI_TRUST_WORKSPACE=true PATH=$agents/node_modules/.bin:$PATH
cd "$home"
connected() { # NAME LIST-COMMAND..
  local name=$1
  shift
  "$AISETU" mcp install --client "$name" --yes -o off
  timeout 60 "$@" >"$home/told" 2>&1 || true
  grep -E 'aisetu.* Connected$' "$home/told" || { cat "$home/told" >&2; echo "error: $name does not say that it is connected" >&2; return 1; }
}
connected claude-code claude mcp list
connected gemini gemini mcp list
