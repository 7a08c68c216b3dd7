#!/usr/bin/env bash
# Signing in with a real keyring: GNOME's, on a session bus of its own, unlocked with a password. Needs `aisetu` in target/release, or
# the binary that AISETU names.
set -euo pipefail
cd "$(dirname "$0")/.."
aisetu=$(realpath "${AISETU:-target/release/aisetu}")

if [ "${1:-}" != inside ]; then
  command -v gnome-keyring-daemon >/dev/null && command -v dbus-run-session >/dev/null && command -v secret-tool >/dev/null ||
    (apt-get update -qq && apt-get install -qq -y gnome-keyring dbus libsecret-tools) >/dev/null
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  export HOME=$work XDG_RUNTIME_DIR=$work/run XDG_DATA_HOME=$work/data
  mkdir -m 700 "$XDG_RUNTIME_DIR"
  dbus-run-session -- "$0" inside
  exit
fi

fail() { echo "error: $1" >&2; exit 1; }
printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1

# A control plane that mails its codes to its own log, until this script ends.
mkfifo "$HOME/open"
"$aisetu" dev -- sh -c 'echo "$AI_SETU_API_BASE_URL"; read line' <>"$HOME/open" >"$HOME/url" 2>"$HOME/log" &
dev=$!
trap 'kill $dev 2>/dev/null || true' EXIT
for _ in $(seq 200); do [ -s "$HOME/url" ] && break; sleep 0.05; done
AI_SETU_API_BASE_URL=$(cat "$HOME/url")
export AI_SETU_API_BASE_URL

# Answers the login behind the pipe with the code that it makes the control plane mail.
code() {
  for _ in $(seq 200); do
    grep -aoE '\b[0-9]{6}\b' "$HOME/log" | head -n 1 | grep . && return
    sleep 0.05
  done
  fail "no code in the log"
}
mkfifo "$HOME/code"
code >"$HOME/code" &
session=$("$aisetu" auth login --email owner@localhost -o jsonl <"$HOME/code")
jq -e '.store == "keyring" and .path == null and .user.email == "owner@localhost"' <<<"$session" >/dev/null ||
  fail "the token is not in the keyring: $session"

file=$HOME/.config/aisetu/credentials.toml
grep -q 'store = "keyring"' "$file" || fail "the file does not say so"
! grep -q tt_pat_ "$file" || fail "the token is in the file"
account="default @ $AI_SETU_API_BASE_URL …$(jq -r .token.hint <<<"$session")"
token=$(secret-tool lookup service aisetu account "$account")
[ "${token:0:7}" = tt_pat_ ] || fail "the keyring does not have it as \`$account\`"

unset AI_SETU_API_BASE_URL
"$aisetu" auth status -o json | jq -e '.checked and .store == "keyring"' >/dev/null || fail "status"
"$aisetu" workspaces list -o json | jq -e '.totalCount == 1' >/dev/null || fail "a call with it"

# A file that was changed leads to no token.
sed -i.good 's|^base_url = .*|base_url = "https://evil.example"|' "$file"
code=0; "$aisetu" auth whoami 2>"$HOME/why" || code=$?
[ $code = 4 ] && grep -q 'the keyring has no token of profile `default` for https://evil.example' "$HOME/why" || fail "$(cat "$HOME/why")"
mv "$file.good" "$file"

cp -p "$file" "$file.good"
"$aisetu" auth logout -o json | jq -e .revoked >/dev/null || fail "logout"
! secret-tool lookup service aisetu account "$account" >/dev/null || fail "the keyring still has it"

# A locked keyring asks nobody, and does not hang.
mv "$file.good" "$file"
printf %s "$token" | secret-tool store --label=again service aisetu account "$account"
dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
  org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/aliases/default >/dev/null
code=0; "$aisetu" auth whoami 2>"$HOME/why" || code=$?
[ $code = 4 ] && grep -q 'the keyring is locked' "$HOME/why" || fail "locked: $(cat "$HOME/why")"
"$aisetu" auth logout --local 2>"$HOME/why" >/dev/null || fail "logout --local"
grep -q 'still in the keyring' "$HOME/why" || fail "what is left is not told"
echo "a real keyring: signed in, called, signed out, locked"
