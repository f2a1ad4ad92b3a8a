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
start_local
fact "listening on $url"

story
check "it was counted" "$(curl -sS "$url/metrics" | grep -c '^transom_' | jq '{lines: .}')" '.lines > 20'
printf '\nThe walkthrough holds.\n'
