#!/usr/bin/env bash
# Tells the story of a control plane once, from the shell alone, against `aisetu dev` with the real parts around it: a mail server, STS, and
# what stands for OpenAI and Anthropic. Then it looks for every secret that was used in the database and the log.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p target/services
. tests/services.sh
trap stop_services EXIT
. tests/story.sh

start_smtp
start_sts
start_models
start_dev
people
money 25.50
equal "the balance" "$(as ada billing credit-balance -o json | jq -r .balance.amount)" 25.50
usage first 250 2000
equal "the balance after 250 events of 0.002 USD" "$(as ada billing credit-balance -o json | jq -r .balance.amount)" 25.00
equal "what the summary says" "$(as ada usage summary -o json | jq -r .total.requests)" 250
as ada usage projection
connections a
# A key that the provider does not take.
set +e
OPENAI_API_KEY=sk-proj-bad-bad-bad-bad as ada provider-credentials upsert --provider openai --slug bad --secret-env OPENAI_API_KEY -o json >"$place/bad"
as ada provider-credentials test "$(jq -r .id "$place/bad")" -o json >"$place/probe"
equal "the exit code of a bad test" $? 12
set -e
equal "the test of a bad key" "$(jq -r .outcome "$place/probe")" INVALID
server kek rotate
for connection in $(as ada provider-credentials list -o json | jq -r '.items[] | select(.slug | endswith("-a")) | .id'); do
  equal "the test after the rotation" "$(as ada provider-credentials test "$connection" -o json | jq -r .outcome)" OK
done
as ada audit verify
server check
nothing_is_missing
code=$(jq -rs '[.[] | select(.to == ["ada@example.com"])][0].text' "$mails" | grep -oE '\b[0-9]{6}\b')
invitation=$(grep -oE 'tt_inv_[0-9A-Za-z]+' "$mails" | head -n 1)
# Of a code only what is a word of its own could be it: its digits alone are in many numbers.
if grep -rqwF -- "$code" "$log"; then fail "a code was found in the log"; fi
tokens=$(grep -rhoE 'tt_pat_[0-9A-Za-z]{36}' "$HOME" | sort -u)
[ "$(wc -l <<<"$tokens")" -ge 3 ] || fail "the tokens of three people are in their profiles: $tokens"
# shellcheck disable=SC2086
nothing_is_told $tokens "$(cat "$place/key.first")" "$invitation" "$openai_key" "$anthropic_key" "$sts_key_secret" "$smtp_password" sk-proj-bad-bad-bad-bad
stop_dev TERM
server check
# shellcheck disable=SC2086
nothing_is_told $tokens "$(cat "$place/key.first")" "$invitation" "$openai_key" "$anthropic_key" "$sts_key_secret" "$smtp_password"
# The control: what is in the database is found.
if (nothing_is_told bob@example.com) 2>/dev/null; then fail "the search finds nothing"; fi
echo "the story was told, and nothing was missing or told"
