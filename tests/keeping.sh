#!/usr/bin/env bash
# README.md's section "Keep and forget", played against the system on one machine: a report is made, checked and found changed, a
# person is handed everything and then forgotten, old messages move to the archive. Needs curl, jq and openssl.
set -euo pipefail
cd "$(dirname "$0")/.."

state=$(mktemp -d)
log=$state/log
cleanup() {
  kill "${server:-0}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$state"
}
trap cleanup EXIT
. tests/story.sh

start_local
keeping
printf '\nWhat must be kept is kept, and what must be forgotten is forgotten.\n'
