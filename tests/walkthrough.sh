#!/usr/bin/env bash
# The story of README.md, played against the system on one machine: starts it on a free port with an empty state and checks
# every sentence of the story. Needs curl and jq.
set -euo pipefail
cd "$(dirname "$0")/.."

state=$(mktemp -d)
log=$state/log
cleanup() {
  if [ -n "${server:-}" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$state"
}
trap cleanup EXIT
. tests/story.sh

chapter "The system starts on a free port with an empty state"
# Another one than what `cargo run` builds, if it is named.
if [ -n "${TRANSOM_LOCAL:-}" ]; then local_system=("$TRANSOM_LOCAL"); else local_system=(cargo run --quiet --); fi
"${local_system[@]}" --state "$state/state" --empty --port 0 >"$log" 2>&1 &
server=$!
address="$state/state/address.json"
until [ -s "$address" ] && curl -sf --retry 20 --retry-connrefused --retry-delay 1 "$(jq -r .url "$address")/v1/health" >/dev/null; do
  kill -0 "$server" 2>/dev/null || fail "the system did not start" "$(cat "$log")"
  read -r -t 0.2 <> <(:) || true
done
url=$(jq -r .url "$address")
outside=$url
controls=$url
token=$(curl -sS "$url/local/page" | jq -r .token)
fact "listening on $url"

story
check "it was counted" "$(curl -sS "$url/metrics" | grep -c '^transom_' | jq '{lines: .}')" '.lines > 20'
printf '\nThe walkthrough holds.\n'
