#!/usr/bin/env bash
# Our signatures of AWS beside those of AWS's own library (botocore), on 1,000 cases drawn from a seed: $1, or a new one.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/services.sh
python_packages botocore==1.40.0
seed=${1:-$RANDOM$RANDOM}
cases=target/services/sigv4-cases
target/services/venv/bin/python tests/services/sigv4_oracle.py "$seed" 1000 >"$cases"
echo "seed $seed"
output=$(AI_SETU_TEST_SIGV4=$PWD/$cases cargo test --locked -p aisetu-tests --test sigv4 -- --ignored 2>&1) || {
  echo "$output" >&2
  exit 1
}
echo "$output"
# A test that is no longer there passes too.
grep -q '^test result: ok. 1 passed' <<<"$output"
