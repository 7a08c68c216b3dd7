#!/bin/sh
# The main job, from the shell: list workspaces, make a key, verify it, rotate it, revoke it.
# Run it against a control plane of its own: aisetu dev -- examples/quickstart.sh
set -eu

secrets=$(mktemp -d)
trap 'rm -rf "$secrets"' EXIT

show() { printf '\n$ aisetu %s\n' "$*"; aisetu "$@"; }
verify() { # FILE VERDICT: what a gateway would be told of the secret in the file
  printf '\n$ aisetu api-keys verify --secret-stdin < %s\n' "$(basename "$1")"
  # Exit code 12 is the answer "no".
  answer=$(aisetu api-keys verify --secret-stdin < "$1") || [ $? -eq 12 ]
  printf '%s\n' "$answer"
  printf '%s\n' "$answer" | grep -qw "$2" || { echo "expected $2" >&2; exit 1; }
}

show workspaces list

show api-keys create --name CI --scope inference:execute --save-to "file:$secrets/first"
key=$(aisetu api-keys list -o json | sed -n 's/.*"id": *"\(key_[0-9a-z]*\)".*/\1/p' | head -n 1)
verify "$secrets/first" VALID

show api-keys rotate "$key" --grace 1h --yes --save-to "file:$secrets/second"
verify "$secrets/first" VALID
verify "$secrets/second" VALID

show api-keys finish-rotation "$key" --yes
verify "$secrets/first" EXPIRED
verify "$secrets/second" VALID

show api-keys revoke "$key" --code unused --reason "the quick start is over" --yes
verify "$secrets/second" REVOKED

printf '\nDone: a key was made, verified, rotated and revoked.\n'
