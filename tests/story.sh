# The whole control plane from the shell alone: sourced by the scripts that tell it once (tests/control-plane.sh) and with the server
# killed over and over (tests/kill.sh). Whoever sources it has set -euo pipefail and sourced tests/services.sh.
#
# What was acknowledged is written to $journal, a line each: the kind of thing, a tab, its id.

bin=${AISETU_BIN:-$PWD/target/release}
place=$(mktemp -d "$services_home/story.XXXXXX")
data=$place/data
journal=$place/journal
log=$place/log
export HOME=$place/home XDG_CONFIG_HOME=$place/home/.config AI_SETU_NO_KEYRING=1
mkdir -p "$HOME"
touch "$journal" "$log"
unset AI_SETU_PAT AI_SETU_PROFILE AI_SETU_API_BASE_URL

aisetu() { "$bin/aisetu" "$@"; }
# Beside the server, with the keys that `aisetu dev` has made.
server() {
  AI_SETU_PEPPER_FILE=$data/pepper.key AI_SETU_KEK_FILE=$data/kek.key AI_SETU_AUDIT_KEY_FILE=$data/audit.key AI_SETU_LOG=warn \
    "$bin/aisetu-server" "$@" --data "$data"
}
acknowledged() { printf '%s\t%s\n' "$1" "$2" >>"$journal"; }
fail() { echo "error: $*" >&2; exit 1; }
equal() { # WHAT FOUND EXPECTED
  [ "$2" = "$3" ] || fail "$1 is $2, and should be $3"
}

# Starts the control plane; the same place has the same port again. It logs all it can, so that a secret would be found in it.
start_dev() {
  AI_SETU_SMTP_URL=$smtp_url AI_SETU_SMTP_PASSWORD=$smtp_password AI_SETU_MAIL_FROM='aisetu <no-reply@example.com>' \
    SSL_CERT_FILE=$smtp_certificate AI_SETU_OPENAI_URL=$models_url AI_SETU_ANTHROPIC_URL=$models_url AI_SETU_AWS_STS_URL=$sts_url \
    AI_SETU_LOG=trace "$bin/aisetu" --profile dev dev --data "$data" >>"$place/out" 2>>"$log" &
  dev_pid=$!
  services_pids+=("$dev_pid")
  wait_for_file "$data/port" 20
  base_url=http://127.0.0.1:$(cat "$data/port")
  wait_for_url "$base_url/readyz" 20
}

stop_dev() { # SIGNAL
  kill -s "$1" "$dev_pid" 2>/dev/null || true
  wait "$dev_pid" 2>/dev/null || true
}

# Signs a person in by the code of a mail: the command asks for it, and reads it from its standard input.
sign_in() { # ADDRESS PROFILE NUMBER_OF_MAIL [ARGUMENT ..]
  local address=$1 profile=$2 number=$3
  shift 3
  mkfifo "$place/code.$profile"
  aisetu --base-url "$base_url" --profile "$profile" auth login --email "$address" "$@" -o json <"$place/code.$profile" >"$place/login.$profile" &
  local login=$!
  exec 9>"$place/code.$profile"
  mailed "$address" '\b[0-9]{6}\b' "$number" >&9
  exec 9>&-
  wait "$login"
  rm "$place/code.$profile"
}

as() { # PROFILE ARGUMENT ..
  local profile=$1
  shift
  aisetu --profile "$profile" "$@"
}

# --- The story, in parts. Each may be told again.

people() {
  sign_in ada@example.com ada 1 --scope admin:write --scope keys:verify --scope usage:write --scope credentials:use
  equal "Ada's role" "$(as ada auth whoami -o json | jq -r '.memberships[0].role')" OWNER
  acknowledged invitation "$(as ada members invite bob@example.com --role member -o json | jq -r .id)"
  mailed bob@example.com 'tt_inv_[0-9A-Za-z]+' 1 | aisetu --base-url "$base_url" members accept-invitation --secret-stdin -o json >/dev/null
  sign_in bob@example.com bob 2
  local bob
  bob=$(as bob auth whoami -o json | jq -r .user.id)
  as ada members set-role "$bob" --role admin -o json >/dev/null
  equal "Bob's role" "$(as bob auth whoami -o json | jq -r '.memberships[0].role')" ADMIN
}

money() { # AMOUNT
  local intent
  intent=$(as ada billing create-top-up-intent --amount "$1" --max-amount "$1" -o json | jq -r .id)
  acknowledged top-up "$intent"
  as ada dev settle "$intent" -o json >/dev/null
  acknowledged settled "$intent"
}

# Makes a key and reports what it cost: so many events of so many micro-USD each.
usage() { # NAME EVENTS MICRO_USD
  local key at
  key=$(as ada api-keys create --name "$1" --save-to "file:$place/key.$1" -o json | jq -r .id)
  acknowledged key "$key"
  at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  seq "$2" | jq -c --arg key "$key" --arg at "$at" --arg name "$1" --argjson cost "$3" \
    '{ id: "\($name)-\(.)", at: $at, key: $key, costMicroUsd: $cost, model: "m-\(. % 3)", inputTokens: ., outputTokens: 1 }' >"$place/events.$1"
  as ada usage report --file "$place/events.$1" -o json >/dev/null
  acknowledged events "$1"
}

connections() { # SUFFIX
  local connection
  connection=$(OPENAI_API_KEY=$openai_key as ada provider-credentials upsert --provider openai --slug "openai-$1" --secret-env OPENAI_API_KEY -o json | jq -r .id)
  acknowledged connection "$connection"
  equal "the test of OpenAI" "$(as ada provider-credentials test "$connection" -o json | jq -r .outcome)" OK
  connection=$(as ada provider-credentials upsert --provider anthropic --slug "anthropic-$1" --secret-stdin -o json <<<"$anthropic_key" | jq -r .id)
  acknowledged connection "$connection"
  equal "the test of Anthropic" "$(as ada provider-credentials test "$connection" -o json | jq -r .outcome)" OK
  connection=$(AWS_ACCESS_KEY_ID=$sts_key_id AWS_SECRET_ACCESS_KEY=$sts_key_secret AWS_REGION=us-west-2 \
    as ada provider-credentials upsert --provider bedrock --slug "bedrock-$1" --aws-from-env -o json | jq -r .id)
  acknowledged connection "$connection"
  equal "the test of Bedrock" "$(as ada provider-credentials test "$connection" -o json | jq -r .outcome)" OK
}

# --- What must be true whenever it was told, and however it was broken off.

# All items of a list, a line each.
every() { # ARGUMENT ..
  local cursor='' page
  while :; do
    page=$(as ada "$@" --limit 100 ${cursor:+--cursor "$cursor"} -o json)
    jq -c '.items[]' <<<"$page"
    cursor=$(jq -r '.nextCursor // empty' <<<"$page")
    [ -n "$cursor" ] || return 0
  done
}

# Everything that was acknowledged from a line of the journal on is there.
nothing_is_missing() { # [LINE]
  local kind id
  every api-keys list >"$place/keys.now"
  every billing top-ups >"$place/top-ups.now"
  every provider-credentials list >"$place/connections.now"
  every members invitations --include-closed >"$place/invitations.now"
  while IFS=$'\t' read -r kind id; do
    case $kind in
      key) grep -q "$id" "$place/keys.now" || fail "key $id is missing" ;;
      connection) grep -q "$id" "$place/connections.now" || fail "connection $id is missing" ;;
      invitation) grep -q "$id" "$place/invitations.now" || fail "invitation $id is missing" ;;
      top-up) grep -q "$id" "$place/top-ups.now" || fail "top-up $id is missing" ;;
      settled) equal "top-up $id" "$(jq -r --arg id "$id" 'select(.id == $id) | .state' "$place/top-ups.now")" SUCCEEDED ;;
      events) equal "new events of $id" "$(as ada usage report --file "$place/events.$id" -o json | jq -r .accepted)" 0 ;;
      *) fail "the journal has a line $kind" ;;
    esac
  done < <(tail -n "+${1:-1}" "$journal")
}

# The forms in which bytes may stand in a file, a pattern a line: as they are, in hexadecimal, and in both base64 alphabets wherever in the
# encoded text they begin. The first and last characters, which depend on what stands beside them, are left out.
forms() { # FILE
  local hex shift skip text
  hex=$(od -An -v -tx1 "$1" | tr -d ' \n')
  sed 's/../\\x&/g' <<<"$hex"
  echo "(?i)$hex"
  for shift in 0 1 2; do
    text=$({ head -c "$shift" /dev/zero; cat "$1"; } | base64 -w0)
    skip=$((shift == 0 ? 0 : shift + 1))
    [[ $text != *= ]] || { text=${text%%=*}; text=${text%?}; }
    printf '\\Q%s\\E\n' "${text:$skip}"
    printf '\\Q%s\\E\n' "$(tr +/ -_ <<<"${text:$skip}")"
  done
}

# The bytes of the file are not in the database or the log.
file_is_not_told() { # FILE
  local form
  while IFS= read -r form; do
    if LC_ALL=C grep -raqP -- "$form" "$data"/control-plane.db* "$log"; then fail "a secret was found, as $form"; fi
  done < <(forms "$1")
}

# None of the secrets is in the database or the log, as it is or encoded.
nothing_is_told() { # SECRET ..
  local secret
  for secret in "$@"; do
    [ "${#secret}" -ge 6 ] || fail "no secret to look for"
    printf %s "$secret" >"$place/secret"
    file_is_not_told "$place/secret"
  done
}

# Nor are the server's own keys, which are in base64 in their files.
server_keys_are_not_told() {
  local key
  while IFS= read -r key; do
    base64 -d <<<"$key" >"$place/secret"
    [ "$(wc -c <"$place/secret")" -eq 32 ] || fail "no key to look for"
    file_is_not_told "$place/secret"
  done < <(cat "$data"/{pepper,kek,audit}.key)
}
