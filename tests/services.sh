# Services of others, for tests: sourced by the scripts that need them. Each is installed into target/services of the clone, listens
# on a free port of this machine, and ends with the shell that started it.

services=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/services
services_home=$(cd "$services/../.." && pwd)/target/services
services_pids=()

stop_services() {
  local pid
  for pid in "${services_pids[@]}"; do { kill "$pid" && wait "$pid"; } 2>/dev/null || true; done
  services_pids=()
}

# Installs Python packages into a virtual environment of the clone.
python_packages() { # PACKAGE==VERSION ..
  if ! command -v python3 >/dev/null || ! python3 -c 'import ensurepip' 2>/dev/null; then
    (apt-get update -qq && apt-get install -qq -y python3 python3-venv) >/dev/null
  fi
  [ -x "$services_home/venv/bin/pip" ] || python3 -m venv "$services_home/venv"
  "$services_home/venv/bin/pip" install --quiet --disable-pip-version-check "$@"
}

# Waits until a file has content.
wait_for_file() { # FILE SECONDS
  local tries=$(($2 * 20))
  until [ -s "$1" ]; do
    [ $((tries -= 1)) -gt 0 ] || { echo "error: $1 did not come" >&2; return 1; }
    sleep 0.05
  done
}

# A mail server with STARTTLS and a password. Sets smtp_url, smtp_password, smtp_certificate, and mails: a file with a JSON object a line.
start_smtp() {
  python_packages aiosmtpd==1.4.6
  local folder
  folder=$(mktemp -d "$services_home/smtp.XXXXXX")
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -addext basicConstraints=critical,CA:FALSE -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null
  smtp_password=sink-$(openssl rand -hex 12)
  mails=$folder/mails
  : >"$mails"
  SMTP_PASSWORD=$smtp_password "$services_home/venv/bin/python" "$services/smtp_sink.py" "$folder" &
  services_pids+=($!)
  wait_for_file "$folder/port" 20
  smtp_url=smtp://sink@localhost:$(cat "$folder/port")
  smtp_certificate=$folder/certificate.pem
}

# The words of the newest mail to an address that match a pattern, once there are COUNT mails to it.
mailed() { # ADDRESS PATTERN COUNT
  local tries=200 found
  until found=$(jq -rs --arg to "$1" --argjson count "$3" \
    '[.[] | select(.to == [$to])] | if length >= $count then last.text else empty end' "$mails") && [ -n "$found" ]; do
    [ $((tries -= 1)) -gt 0 ] || { echo "error: no mail to $1" >&2; return 1; }
    sleep 0.05
  done
  grep -oE "$2" <<<"$found" | head -n 1
}

# AWS's STS, which checks signatures. Sets sts_url, sts_key_id and sts_key_secret: a key that is good.
start_sts() {
  python_packages 'moto[server]==5.2.5'
  local folder key port
  folder=$(mktemp -d "$services_home/sts.XXXXXX")
  port=$(free_port)
  "$services_home/venv/bin/moto_server" -H 127.0.0.1 -p "$port" >"$folder/log" 2>&1 &
  services_pids+=($!)
  sts_url=http://127.0.0.1:$port
  wait_for_url "$sts_url/moto-api/" 30
  key=$("$services_home/venv/bin/python" "$services/sts_user.py" "$sts_url")
  sts_key_id=$(jq -r .id <<<"$key")
  sts_key_secret=$(jq -r .secret <<<"$key")
}

# OpenAI and Anthropic. Sets models_url, openai_key and anthropic_key: keys that are good.
start_models() {
  local folder
  folder=$(mktemp -d "$services_home/models.XXXXXX")
  openai_key=sk-proj-$(openssl rand -hex 24)
  anthropic_key=sk-ant-$(openssl rand -hex 24)
  OPENAI_GOOD=$openai_key ANTHROPIC_GOOD=$anthropic_key node "$services/models.mjs" "$folder/port" &
  services_pids+=($!)
  wait_for_file "$folder/port" 20
  models_url=http://127.0.0.1:$(cat "$folder/port")
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

wait_for_url() { # URL SECONDS
  local tries=$(($2 * 20))
  until curl --silent --fail --output /dev/null "$1"; do
    [ $((tries -= 1)) -gt 0 ] || { echo "error: $1 does not answer" >&2; return 1; }
    sleep 0.05
  done
}

# Stripe's API as far as localstripe has it: PaymentIntents and signed webhooks, no Checkout Sessions, and no idempotency keys. Sets stripe_url.
start_stripe() {
  python_packages localstripe==1.15.10
  local folder port
  folder=$(mktemp -d "$services_home/stripe.XXXXXX")
  port=$(free_port)
  "$services_home/venv/bin/python" -m localstripe --port "$port" --from-scratch >"$folder/log" 2>&1 &
  services_pids+=($!)
  stripe_url=http://127.0.0.1:$port
  wait_for_url "$stripe_url/js.stripe.com/v3/" 30
}
