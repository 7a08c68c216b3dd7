#!/usr/bin/env bash
# Writes these screens anew, from a terminal of 100 columns, or more where that is not enough: docs/screens/capture.sh. Needs tmux, and `aisetu` on PATH.
set -euo pipefail
screens=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
export HOME=$work/home AI_SETU_NO_KEYRING=1 TERM=xterm-256color PS1='$ '
unset AI_SETU_PAT AI_SETU_PROFILE AI_SETU_API_BASE_URL XDG_CONFIG_HOME XDG_CACHE_HOME SSL_CERT_FILE
mkdir -p "$HOME/app"
cd "$HOME/app"
number=0
terminal() { tmux -L "screens.$$.$number" "$@"; }
finish() {
  terminal kill-server 2>/dev/null || true
  kill "$dev" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

aisetu --profile dev dev --data "$work/data" 2>"$work/log" >/dev/null &
dev=$!
for _ in $(seq 100); do [ -s "$work/data/port" ] && break; sleep 0.1; done
url=http://127.0.0.1:$(cat "$work/data/port")

type() { terminal send-keys -t 0 -l "$1"; terminal send-keys -t 0 Enter; }
shown() { # TEXT: waits until the terminal shows it
  for _ in $(seq 100); do
    terminal capture-pane -p -t 0 | grep -qF -- "$1" && return
    sleep 0.1
  done
  echo "error: the terminal never showed: $1" >&2
  terminal capture-pane -p -t 0 >&2
  return 1
}
begin() { terminal kill-server 2>/dev/null || true; number=$((number + 1)); terminal -f /dev/null new-session -d -x "${2:-100}" -y "${1:-30}" bash --noprofile --norc; shown '$'; }
keep() { # NAME: what there is, without the paths of one machine and empty lines at the end
  terminal capture-pane -p -J -t 0 | sed -e "s|$HOME|~|g" -e "s|$work|~|g" -e 's/ *$//' | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$screens/$1.txt"
}

begin
type "aisetu auth login --base-url $url --scope admin:write --scope keys:verify"
shown 'E-mail address:'
type 'ada@example.com'
shown 'Code:'
for _ in $(seq 100); do code=$(grep -oE '\b[0-9]{6}\b' "$work/log" | tail -n 1) && break; sleep 0.1; done
type "$code"
shown 'token is in'
keep login

begin
type "aisetu api-keys create --name web --rate 100/minute --expires 90d --save-to env:.env#AI_SETU_API_KEY"
shown 'the secret'
keep api-keys-create

. ./.env
export AI_SETU_API_KEY
for call in $(seq 12); do
  aisetu api-keys verify --secret-env AI_SETU_API_KEY --ip 203.0.113.9 --user-agent shop/1.4 \
    $([ $((call % 4)) != 0 ] || echo --scope data:write) -o off || true
done
sleep 2

begin 40
type 'aisetu api-keys rotate web --grace 1h --save-to env:.env#AI_SETU_API_KEY --watch'
shown 'Go on?'
type y
shown 'watching the old secret'
aisetu api-keys verify --secret-env AI_SETU_API_KEY --ip 203.0.113.9 --user-agent shop/1.4 -o off || true
shown 'the old secret was presented'
aisetu api-keys finish-rotation web --yes -o off 2>/dev/null
shown 'has ended'
sleep 1
keep rotate-watch

begin
type 'aisetu api-keys usage web --group-by minute --since 10m'
shown 'total'
keep usage

begin
type 'aisetu api-keys get wbe'
shown 'lists all'
type 'aisetu explain NOT_FOUND'
shown 'what to do'
keep error

begin 30 150
type 'aisetu doctor'
shown 'provider connections'
keep doctor
