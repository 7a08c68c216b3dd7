#!/usr/bin/env bash
# Tells the story again and again and kills the control plane with SIGKILL at a random moment of it, and with it a rotation of the
# key-encryption key that is under way. After each: what was acknowledged is there, and `aisetu-server check` finds nothing.
#   tests/kill.sh [TIMES [SEED]]
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/services
. tests/services.sh
trap stop_services EXIT
. tests/story.sh

times=${1:-5}
seed=${2:-$(($(date +%s) % 32768))}
RANDOM=$seed
echo "killing $times times, with the seed $seed"

# What is told until it is broken off. Its failures are those of a server that is gone.
tell() { # NUMBER
  local part=0
  while :; do
    part=$((part + 1))
    usage "u$1-$part" 40 1500
    money 5.25
    connections "c$1-$part"
    server kek rotate
    # A tenant sends so many invitations an hour and no more.
    [ "$part" -gt 1 ] || as ada members invite "p$1@example.com" --role viewer -o json | jq -r .id | { read -r id; acknowledged invitation "$id"; }
  done
}

start_smtp
start_sts
start_models
start_dev
people
for number in $(seq "$times"); do
  from=$(($(wc -l <"$journal") + 1))
  set -m
  (tell "$number") >/dev/null 2>"$place/broken" &
  teller=$!
  set +m
  sleep "$(printf '%d.%03d' $((RANDOM % 3)) $((RANDOM % 1000)))"
  kill -s KILL "$dev_pid"
  # The whole of it, a rotation too.
  kill -s KILL -- "-$teller" || { cat "$place/broken"; fail "the story ended by itself"; }
  wait "$dev_pid" "$teller" 2>/dev/null || true
  start_dev
  server check >"$place/check" || { cat "$place/check"; fail "after kill $number"; }
  nothing_is_missing "$from"
  # A file of keys takes so many and no more.
  server kek prune >/dev/null
  echo "killed $number: $(($(wc -l <"$journal") + 1 - from)) acknowledged, all there; $(tail -n 1 "$place/check")"
done
server kek rotate
server check
nothing_is_missing
as ada audit verify >/dev/null
# That nothing is missing says little where nothing was done.
[ "$(wc -l <"$journal")" -ge $((times * 5)) ] || fail "only $(wc -l <"$journal") acknowledged"
echo "killed $times times with the seed $seed: $(wc -l <"$journal") acknowledged, nothing missing"
