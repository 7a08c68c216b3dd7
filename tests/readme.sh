#!/usr/bin/env bash
# Runs every command of README.md and llms.txt as it is written, from the top of a clone, with a home of its own, and starts the
# server of every `.mcp.json`. A new `sh` block is run as it is; what cannot be run as it is (a server that stays, a command that CI runs elsewhere) is named below.
set -euo pipefail
cd "$(dirname "$0")/.."

# What the README's commands make here is taken away at the end; what a person made here is not.
made_here=(server first-owner schema-token .env key.txt)
for made in "${made_here[@]}"; do
  [ ! -e "$made" ] || { echo "error: $made is there already; run this in a clone without it" >&2; exit 1; }
done

home=$(mktemp -d)
background=()
finish() {
  for pid in "${background[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$home" "${made_here[@]}"
}
trap finish EXIT

export CARGO_HOME=${CARGO_HOME:-$HOME/.cargo} RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
export HOME=$home PATH=$home/bin:$PATH
unset AI_SETU_PAT AI_SETU_API_BASE_URL AI_SETU_PROFILE XDG_CONFIG_HOME XDG_DATA_HOME

until_it_answers() { # COMMAND..
  for _ in $(seq 100); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done
  echo "error: it never answered: $*" >&2
  return 1
}

# A token of elsewhere in the environment, which a registration by profile must not fall for.
foreign=tt_pat_0000000000000000000000000000003IMwSh

# Stands in for a client, and starts the server as one does: `claude mcp add NAME -- COMMAND ..`.
claude() {
  [ "$1 $2 $4" = "mcp add --" ] || { echo "error: claude is not called so: $*" >&2; return 1; }
  shift 4
  AI_SETU_PAT=$foreign node tests/mcp/probe.mjs "$@"
}

blocks=0
run() { # LINE
  printf '\n$ %s\n' "$1"
  case $1 in
    "cargo test --workspace")
      grep -q 'cargo test --workspace' .ci/run ;; # .ci/run has just run it
    "cargo install --locked --path crates/admin-cli") # not into the machine's own folder, and without building it again
      cargo install --quiet --locked --root "$home" --target-dir target --path crates/admin-cli ;;
    "aisetu dev")
      aisetu --profile dev auth whoami >/dev/null 2>&1 && return # it runs already
      aisetu dev & background+=($!)
      until_it_answers aisetu --profile dev auth whoami ;;
    "target/release/aisetu-server serve "*)
      eval "$1 &" ; background+=($!)
      until_it_answers curl -fsS http://127.0.0.1:7070/readyz ;;
    *)
      eval "$1" ;;
  esac
}

for page in README.md llms.txt; do
  inside=
  while IFS= read -r line <&3; do
    case $line in
      '```sh') inside=sh; blocks=$((blocks + 1)); continue ;;
      '```json') inside=json; blocks=$((blocks + 1)); : > "$home/.mcp.json"; continue ;;
      # A program of its own: the dependencies as one block says them, the source as the next does.
      '```toml')
        inside=toml; mkdir -p "$home/program/src"; ln -sfn "$PWD" "$home/aisetu"; cp Cargo.lock "$home/program/"
        printf '[workspace]\n[package]\nname = "program"\nedition = "2024"\n' > "$home/program/Cargo.toml"; continue ;;
      '```rust'*) inside=rust; : > "$home/program/src/main.rs"; continue ;;
      '```'*)
        case $inside in
          json) AI_SETU_PAT=$foreign node tests/mcp/probe.mjs --config "$home/.mcp.json" ;;
          rust)
            blocks=$((blocks + 1))
            run "aisetu dev -- cargo run --quiet --release --target-dir $PWD/target --manifest-path $home/program/Cargo.toml" ;;
        esac
        inside= ; continue ;;
    esac
    case $inside in
      sh) run "$line" ;;
      json) printf '%s\n' "$line" >> "$home/.mcp.json" ;;
      toml) printf '%s\n' "$line" >> "$home/program/Cargo.toml" ;;
      rust) printf '%s\n' "$line" >> "$home/program/src/main.rs" ;;
    esac
  done 3< $page
done

git diff --quiet -- schema || { echo "error: the README's commands changed the schema" >&2; exit 1; }
[ "$blocks" -ge 13 ] || { echo "error: only $blocks blocks were found" >&2; exit 1; }
printf '\nreadme: %d blocks passed\n' "$blocks"
