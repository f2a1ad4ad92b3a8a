#!/usr/bin/env bash
# The API by its own document: starts the system on this machine, lets something happen in it, asks it for its document, and has
# schemathesis call every route with what the document allows and with what it does not. An answer that is not described, or a
# 5xx, is a defect. Always the same calls (SEED), some two minutes. Needs python3 with venv, curl and jq.
#
#   tests/openapi.sh                          calls by chance, good ones and bad ones
#   PHASES=coverage,fuzzing tests/openapi.sh  and each bound of each value: some 14,000 calls more, five minutes
#   EXAMPLES=100 SEED=7 tests/openapi.sh      more of them, and others
#   tests/openapi.sh --include-tag work  what else schemathesis takes
set -euo pipefail
cd "$(dirname "$0")/.."

work=target/openapi
mkdir -p "$work"
state=$(mktemp -d)
log=$state/log
cleanup() {
  if [ -n "${server:-}" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$state"
}
trap cleanup EXIT
. tests/story.sh

chapter "schemathesis is installed into $work"
if ! cmp -s tests/openapi/requirements.txt "$work/installed.txt"; then
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r tests/openapi/requirements.txt
  cp tests/openapi/requirements.txt "$work/installed.txt"
fi
fact "$("$work/venv/bin/schemathesis" --version)"

chapter "The system starts, and something happens in it"
start_local
ana=16505550111
writes $ana "Is breakfast included?" >/dev/null
conversation=$(conversation_of $ana)
contact=$(contact_of $ana | jq -r '.data[0].id')
message=$(say "$conversation" "Yes." | jq -r .id)
other=$(api POST /v1/contacts '{"phone": "+16505550122", "name": "Ben"}' | jq -r .id)
staff=$(api POST /v1/staff '{"name": "Tom Berg", "email": "tom@hotel.example", "role": "admin"}' | jq -r .id)
note=$(api POST "/v1/conversations/$conversation/notes" '{"text": "She wants a quiet room"}' | jq -r .id)
made=$(api POST /v1/tokens '{"name": "another", "scopes": ["read"]}' | jq -r .id)
import=$(api POST /v1/imports | jq -r .id)
job=$(api POST /v1/contacts/export | jq -r .id)
api PUT /v1/templates/welcome/en '{"body": "Hello {{guest}}, your room is ready.", "samples": {"guest": "Ana"}}' >/dev/null
api PUT /v1/canned-replies/late '{"title": "Late", "texts": {"en": "Until noon, {{guest}}."}}' >/dev/null
api PUT /v1/subscriptions/crm '{"url": "http://127.0.0.1:9/"}' >/dev/null
settle
fact "listening on $url"

chapter "It says what its routes are"
curl -sS "$url/v1/openapi.json" >"$state/document.json"
check "in a document" "$(cat "$state/document.json")" '.openapi == "3.1.0" and (.paths | length) > 60'
# What is really there, beside ids of the right form that lead nowhere.
jq --arg contact "$contact" --arg other "$other" --arg conversation "$conversation" --arg message "$message" --arg staff "$staff" \
  --arg note "$note" --arg made "$made" --arg upload "$import" --arg job "$job" '
  {contacts: [$contact, $other], conversations: [$conversation], messages: [$message], staff: [$staff], tokens: [$made],
    imports: [$upload], jobs: [$job], channels: ["demo-whatsapp", "demo-sms"], endpoints: ["demo-whatsapp"], templates: ["welcome"],
    "canned-replies": ["late"], subscriptions: ["crm"]} as $there
  | .paths |= with_entries((.key | split("/")) as $path | .value |= map_values(
      .parameters |= map(if .in == "path" then
        (if .name == "note" then [$note] elif .name == "language" then ["en"]
         elif .name == "id" or (.name == "name" and $path[2] == "templates") then $there[$path[2]] else null end) as $known
        | if $known then .schema = {anyOf: [{enum: $known}, .schema]} else . end
      else . end)))' "$state/document.json" >"$state/known.json"
fact "with $(jq '[.paths[] | keys[]] | length' "$state/document.json") operations"

chapter "schemathesis calls every one of them"
# As often as a token may call. Left out on purpose: `positive_data_acceptance`, since much is only right in the light of what is
# stored (a channel that exists, a message that has not left): 422 says so; `negative_data_rejection`, since a program's
# `Transom-Account` is passed over, whatever it says; the rest is what the tests of functions/api look at.
checks=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance
schemathesis=$PWD/$work/venv/bin/schemathesis
# From within a place that is empty each time: it takes up again what failed before.
cd "$state"
"$schemathesis" run "$state/known.json" --url "$url" --header "Authorization: Bearer $token" \
  --checks "$checks" --phases "${PHASES:-fuzzing}" --max-examples "${EXAMPLES:-15}" --seed "${SEED:-1}" \
  --rate-limit 45/s --generation-database none --continue-on-failure --no-color "$@" || fail "the API does otherwise than it says"
printf '\nThe API does what it says (%s s).\n' "$SECONDS"
