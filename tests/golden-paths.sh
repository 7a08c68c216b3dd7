#!/usr/bin/env bash
# The ways that people and programs take most, each from nothing, as the guide has them: zero to a key, an account of one's own with a
# provider, a leak, a job in CI, an agent.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
mkdir -p target/services
. tests/services.sh
trap stop_services EXIT
. tests/story.sh
unset AI_SETU_AGENT AI_AGENT CLAUDECODE CLAUDE_CODE_ENTRYPOINT CODEX_SANDBOX CODEX_CI CURSOR_AGENT GEMINI_CLI OPENCODE

start_smtp
start_sts
start_models
path() { printf '\n-- %s\n' "$1"; }

path "zero to a key in an env file, in at most 60 s"
begun=$SECONDS
start_dev
sign_in ada@example.com default 1 --scope admin:write --scope keys:verify
cd "$place"
aisetu api-keys create --name CI --save-to env:.env#AI_SETU_KEY
grep -q '^AI_SETU_KEY=tt_live_' .env || fail "no key in the env file"
PATH=$bin:$PATH aisetu doctor | tee doctor
if grep -qE 'FAILED|WARNING' doctor; then fail "doctor is not content"; fi
took=$((SECONDS - begun))
echo "it took $took s"
[ "$took" -le 60 ] || fail "it took $took s"

path "an account of one's own with a provider"
AWS_REGION=us-west-2 AWS_ACCESS_KEY_ID=$sts_key_id AWS_SECRET_ACCESS_KEY=$sts_key_secret \
  aisetu provider-credentials upsert --provider bedrock --slug bedrock-prod --aws-from-env
aisetu provider-credentials test bedrock-prod 2>said
cat said
grep -qF '@bedrock-prod/MODEL' said || fail "the model string is not told"

path "a leak: whose it is, a new secret, the record of it"
. ./.env
printf 'oops: %s\n' "$AI_SETU_KEY" >leaked.txt
aisetu api-keys verify --secret-file <(printf %s "$AI_SETU_KEY") --ip 203.0.113.9 -o off
# When a key was last used is put down behind the answer.
for _ in $(seq 50); do
  [ "$(aisetu api-keys get CI --jq .lastUsedAt)" = null ] || break
  sleep 0.2
done
code=0
aisetu api-keys check <leaked.txt -o json >found || code=$?
equal "the exit code of a leak" "$code" 12
equal "whose it is" "$(jq -r '.items[0] | [.name, .owner, .lastUsedIp] | join(" ")' found)" "CI ada@example.com 203.0.113.9"
if grep -qF "$AI_SETU_KEY" found; then fail "the leaked key was printed"; fi
aisetu api-keys rotate CI --grace 0s --yes --save-to env:.env#AI_SETU_KEY -o off
code=0
aisetu api-keys verify --secret-file <(sed 's/oops: //' leaked.txt) -o off || code=$?
equal "the exit code of the leaked key" "$code" 12
(. ./.env; export AI_SETU_KEY; aisetu api-keys verify --secret-env AI_SETU_KEY -o off)
equal "what is on record" "$(aisetu audit events --since 1h --action apiKeysRotate -o name | wc -l)" 1

path "a job in CI: a crate with a test, against a control plane of its own"
cd "$OLDPWD"
"$bin/aisetu" dev -- cargo test --quiet --locked --manifest-path tests/golden/sdk-job/Cargo.toml --target-dir target/golden

path "an agent: registered without a token, and refused a change with what its person may do"
cd "$place"
aisetu --profile default mcp install --client claude-code --read-only --dry-run | tee dry-run
[ ! -e "$HOME/.claude.json" ] || fail "a dry run wrote a file"
if grep -qE 'tt_pat_' dry-run; then fail "a token is in the change"; fi
cd "$OLDPWD"
node tests/mcp/refused.mjs "$bin/aisetu" --profile default mcp serve --read-only
for mark in CLAUDECODE GEMINI_CLI; do
  code=0
  (cd "$place" && env "$mark=1" "$bin/aisetu" api-keys create --name agent 2>said >/dev/null) || code=$?
  equal "the exit code of a new secret for an agent" "$code" 10
  grep -qF -- '--save-to' "$place/said" || fail "it does not say what to do: $(cat "$place/said")"
done
printf '\nevery path was taken to its end\n'
