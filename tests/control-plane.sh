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
# Keys that the provider does not take: OpenAI's, and of AWS one whose id and one whose secret is wrong.
not_taken() { # SLUG ARGUMENT .. (with the secret in the environment)
  local connection code=0
  connection=$(as ada provider-credentials upsert --slug "$@" -o json | jq -r .id)
  as ada provider-credentials test "$connection" -o json >"$place/probe" || code=$?
  equal "the exit code of the test of $1" "$code" 12
  equal "the test of $1" "$(jq -r .outcome "$place/probe")" INVALID
}
OPENAI_API_KEY=sk-proj-bad-bad-bad-bad not_taken bad --provider openai --secret-env OPENAI_API_KEY
export AWS_REGION=us-west-2
AWS_ACCESS_KEY_ID=AKIAUNKNOWNUNKNOWN00 AWS_SECRET_ACCESS_KEY=$sts_key_secret not_taken bad-id --provider bedrock --aws-from-env
AWS_ACCESS_KEY_ID=$sts_key_id AWS_SECRET_ACCESS_KEY=bad-bad-bad-bad-bad-bad not_taken bad-secret --provider bedrock --aws-from-env

# A gateway gets a credential, sealed to its own key. What it opens is looked at where there is a client that can.
openssl genpkey -algorithm X25519 -out "$place/gateway.pem"
openssl pkey -in "$place/gateway.pem" -pubout -outform DER | tail -c 32 | base64 -w0 | tr +/ -_ | tr -d = >"$place/gateway.pub"
gateway=$(server token create --name gateway --scope credentials:use --public-key "$place/gateway.pub")
jq -n --rawfile key "$place/key.first" '{ connection: "openai-a", key: ($key | rtrimstr("\n")) }' >"$place/resolve"
curl -fsS "$base_url/v1/credentials/resolve" -H @- --json "@$place/resolve" <<<"Authorization: Bearer $gateway" >"$place/resolved"
jq -e .ciphertext "$place/resolved" >/dev/null || fail "no credential was given: $(cat "$place/resolved")"
server kek rotate
for connection in $(as ada provider-credentials list -o json | jq -r '.items[] | select(.slug | endswith("-a")) | .id'); do
  equal "the test after the rotation" "$(as ada provider-credentials test "$connection" -o json | jq -r .outcome)" OK
done
as ada audit verify
server check
nothing_is_missing
jq -r .text "$mails" | grep -qF -- "--base-url $base_url members accept-invitation" || fail "the mail does not lead to the control plane that sent it"
code=$(jq -rs '[.[] | select(.to == ["ada@example.com"])][0].text' "$mails" | grep -oE '\b[0-9]{6}\b')
invitation=$(grep -oE 'tt_inv_[0-9A-Za-z]+' "$mails" | head -n 1)
# Of a code only what is a word of its own could be it: its digits alone are in many numbers.
if grep -rqwF -- "$code" "$log"; then fail "a code was found in the log"; fi
tokens=$(grep -rhoE 'tt_pat_[0-9A-Za-z]{36}' "$HOME" | sort -u)
[ "$(wc -l <<<"$tokens")" -ge 3 ] || fail "the tokens of three people are in their profiles: $tokens"
secrets=("$(cat "$place/key.first")" "$invitation" "$gateway" "$openai_key" "$anthropic_key" "$sts_key_secret" "$smtp_password" sk-proj-bad-bad-bad-bad bad-bad-bad-bad-bad-bad)
# shellcheck disable=SC2086
nothing_is_told $tokens "${secrets[@]}"
server_keys_are_not_told
stop_dev TERM
server check
# shellcheck disable=SC2086
nothing_is_told $tokens "${secrets[@]}"
# The control: what is in the database is found, as it is and as the JSON of a mail in base64 would have it.
if (nothing_is_told bob@example.com) 2>/dev/null; then fail "the search finds nothing"; fi
for before in '' a ab; do
  printf '%s' "$before${secrets[0]}, and more" | base64 -w0 >"$data/control-plane.db-control"
  if (nothing_is_told "${secrets[0]}") 2>/dev/null; then fail "the search does not find what is in base64"; fi
done
echo "the story was told, and nothing was missing or told"
