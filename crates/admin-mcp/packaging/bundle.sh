#!/usr/bin/env bash
# Packs the server as an MCP bundle (MCPB) for the platform that it was built on, and writes the registry's server.json about it.
# Needs `mcpb` (npm: @anthropic-ai/mcpb) and `jq`.
#
# Usage: bundle.sh BINARY FOLDER URL   (BINARY is aisetu-mcp of `cargo build --profile dist -p admin-mcp`; in FOLDER come aisetu.mcpb and server.json; at URL the bundle is to be had)
set -euo pipefail
binary=$1 folder=$2 url=$3
here=$(cd "$(dirname "$0")" && pwd)
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
case $(uname -s) in
  Darwin) platform=darwin suffix= ;;
  Linux) platform=linux suffix= ;;
  *) platform=win32 suffix=.exe ;;
esac
mkdir -p "$parts/server" "$folder"
install -m 755 "$binary" "$parts/server/aisetu-mcp$suffix"
jq --arg platform "$platform" --arg suffix "$suffix" \
  '.compatibility = { platforms: [$platform] } | .server.entry_point += $suffix' "$here/manifest.json" >"$parts/manifest.json"
mcpb validate "$parts/manifest.json"
mcpb pack "$parts" "$folder/aisetu.mcpb"
hash=$(openssl dgst -sha256 -r "$folder/aisetu.mcpb" | cut -d' ' -f1)
jq --arg url "$url" --arg hash "$hash" \
  '.packages[0] |= (.identifier = $url | .fileSha256 = $hash)' "$here/server.json" >"$folder/server.json"
