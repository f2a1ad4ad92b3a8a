#!/usr/bin/env bash
# README.md's section "Be told", played against the system on one machine: subscribes, receives, checks each signature by the
# three programs of README.md, lets the receiver die, and tells it again. Needs curl, jq, openssl, python3 with venv, node and npm.
set -euo pipefail
cd "$(dirname "$0")/.."

work=target/events
mkdir -p "$work"
state=$(mktemp -d)
log=$state/log
cleanup() {
  for process in ${server:-} ${receiver:-}; do kill "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$state"
}
trap cleanup EXIT
. tests/story.sh

chapter "The public libraries are installed into $work"
if [ ! -d "$work/node_modules/standardwebhooks" ]; then
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check standardwebhooks==1.1.0
  (cd "$work" && npm install --silent --no-audit --no-fund --prefix . standardwebhooks@1.1.1 >/dev/null)
fi
fact "standardwebhooks, for Python and for Node"

chapter "The system starts, and somebody to be told"
start_local
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkdir "$state/told"
receive() {
  python3 tests/events/receiver.py "$port" "$state/told" &
  receiver=$!
  curl -s -o /dev/null --retry 20 --retry-connrefused --retry-delay 1 "http://127.0.0.1:$port/"
}
receive
fact "listening on $url, and on port $port"

# The part of README.md between a marker's line and the end of its block.
program() { awk -v kind="^\`\`\`$1\$" -v wanted="$2" '$0 ~ kind { block = ""; inside = 1; next }
  /^```$/ { if (inside && found) { printf "%s", block; exit } inside = 0; next }
  inside { block = block $0 "\n"; if (index($0, wanted)) found = 1 }' README.md; }
program sh "verify.sh SECRET" >"$work/verify.sh"
program python "from standardwebhooks" >"$work/verify.py"
program js 'from "standardwebhooks"' >"$work/verify.mjs"

chapter "Somebody subscribes"
subscribe=$(program sh "v1/subscriptions/crm")
subscribe=${subscribe//localhost:8080/${url#http://}}
subscribe=${subscribe//127.0.0.1:9000/127.0.0.1:$port}
made=$(TOKEN=$token bash -c "$subscribe")
check "the secret is shown once" "$made" '.secret | startswith("whsec_")'
check "and never again" "$(api GET /v1/subscriptions/crm)" 'has("secret") | not'
secret=$(jq -r .secret <<<"$made")

told() { # told NUMBER: waits until so many calls were made in all
  for _ in $(seq 100); do
    settle
    [ "$(find "$state/told" -name body | wc -l)" -ge "$1" ] && return
    read -r -t 0.05 <> <(:) || true
  done
  fail "$(find "$state/told" -name body | wc -l) calls were made, not $1" "$(api GET /v1/subscriptions/crm/deliveries)"
}
bodies() { find "$state/told" -name body -print0 | sort -z | xargs -0 jq -s .; }

ana=16505550111
chapter "She is told of a message and its answer, and each call is genuine"
writes $ana "Is breakfast included?" >/dev/null
conversation=$(conversation_of $ana)
say "$conversation" "Yes." >/dev/null
turn PT10S
told 3
check "of what came in, and what arrived" "$(bodies)" '[.[].type] | sort | . == ["message.accepted", "message.delivered", "message.received"]'
check "without a word of it" "$(bodies)" 'tostring | contains("reakfast") | not'
for call in "$state"/told/*; do
  of_call() { "$@" "$secret" "$(cat "$call/id")" "$(cat "$call/timestamp")" "$(cat "$call/signature")" <"$call/body"; }
  for verify in "sh $work/verify.sh" "$work/venv/bin/python $work/verify.py" "node $work/verify.mjs"; do
    # shellcheck disable=SC2086
    of_call $verify >/dev/null || fail "$verify takes a genuine call for forged" "$(cat "$call/body")"
    sed 's/message/massage/' "$call/body" >"$state/forged"
    # shellcheck disable=SC2086
    if $verify "$secret" "$(cat "$call/id")" "$(cat "$call/timestamp")" "$(cat "$call/signature")" \
      <"$state/forged" >/dev/null 2>&1; then
      fail "$verify takes a forged call for genuine"
    fi
  done
done
fact "says openssl, and the public libraries for Python and Node; and that a changed one is forged"

chapter "The receiver dies, and comes back"
kill "$receiver"; wait "$receiver" 2>/dev/null || true
writes $ana "And until when?" >/dev/null
check "the call failed, and is tried again" "$(api GET /v1/subscriptions/crm/deliveries)" \
  '.data[0] | .type == "message.received" and .outcome == "failed" and .status == null'
turn PT10S
check "again in vain" "$(api GET /v1/subscriptions/crm/deliveries)" '.data | length >= 2'
receive
turn PT10M
told 4
check "the third attempt arrives, under the same id" "$(bodies)" '[.[].data.id] | unique | length == 4'
check "and nothing fails any more" "$(api GET /v1/subscriptions/crm)" '.failing_since == null'
line=$(api GET /v1/subscriptions/crm/deliveries | jq -r '.data[0].id')
check "it is told again when somebody asks" "$(api POST "/v1/subscriptions/crm/deliveries/$line/replay")" '.event | startswith("evt_")'
told 5
check "under the id that it always had" "$(bodies)" '[.[].data.id] | unique | length == 4'

printf '\nSubscribers are told.\n'
