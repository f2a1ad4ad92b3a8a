# The story of README.md, for any system: sourced by scripts that have started one. They set
#   url       where the API is            token  an API token of the account
#   outside   where the stand-in is       controls  where the clock is turned, and rest is waited for
#   log       what the system says, shown when a check fails
# shellcheck shell=bash

# ---- telling and checking -------------------------------------------------------------------------------------------

chapter() { printf '\n%s\n' "$1"; }
fact() { printf '  ok  %s\n' "$1"; }
fail() {
  printf '  FAILED  %s\n' "$1" >&2
  printf '%s\n' "${2:-}" >&2
  tail -n 20 "${log:-/dev/null}" >&2 || true
  exit 1
}
# check WHAT JSON FILTER: the filter must give true.
check() { if [ -n "$2" ] && jq -e "$3" >/dev/null 2>&1 <<<"$2"; then fact "$1"; else fail "$1 ($3)" "$2"; fi; }

# ---- talking --------------------------------------------------------------------------------------------------------

api() { # api METHOD PATH [BODY] [HEADER…]
  local method=$1 path=$2 body=${3:-}; shift; shift; [ $# -gt 0 ] && shift
  local args=(-sS -X "$method" "$url$path" -H "authorization: Bearer $token")
  [ -n "$body" ] && args+=(-H 'content-type: application/json' -d "$body")
  local header; for header in "$@"; do args+=(-H "$header"); done
  curl "${args[@]}"
}
outside() { # outside METHOD PATH [BODY]
  curl -sS -X "$1" "$outside/outside$2" -H 'content-type: application/json' ${3:+-d "$3"}
}
# Waits until nothing is left to do at this moment: the queues, the stream, the outside's webhooks, due timers.
settle() { curl -sS --max-time 120 -X POST "$controls/local/settle" >/dev/null; }
turn() { # turn DURATION: turns the clock of the whole process, and lets it come to rest
  settle
  curl -sS --max-time 300 -X POST "$controls/local/clock" -H 'content-type: application/json' -d "{\"advance\":\"$1\"}" >/dev/null
  settle
}
writes() { # writes CUSTOMER TEXT [MORE JSON]
  outside POST "/customers/$1/messages" "$(jq -n --arg text "$2" --argjson more "${3:-{\}}" '{to: "demo-whatsapp", text: $text} + $more')"
  settle
}
say() { # say CONVERSATION TEXT
  api POST /v1/messages "$(jq -n --arg id "$1" --arg text "$2" '{to: {conversation: $id}, content: {type: "text", body: $text}}')"
}
contact_of() { api GET "/v1/contacts?phone=%2B$1"; }
conversation_of() { api GET /v1/conversations?limit=100 | jq -r --arg phone "+$1" 'first(.data[] | select(any(.contact.addresses[]; .value == $phone)) | .id)'; }
messages() { api GET "/v1/conversations/$1/messages?limit=100"; }
ledger() { outside GET /ledger; }
# Everything that the providers accepted for a customer, oldest first.
accepted_for() { ledger | jq --arg phone "$1" '[.accepted[] | select(.customer == $phone or .customer == "+" + $phone)]'; }

# ---- the system on one machine --------------------------------------------------------------------------------------

# Starts it on a free port with an empty state below $state, and sets what this page needs; $server is its process.
start_local() {
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
}

# ---- the story ------------------------------------------------------------------------------------------------------

story() {
outside POST /receipts '{"shuffle":true,"duplicates":true,"latest":"PT3S","read":true}' >/dev/null

ana=16505550111

chapter "1. Ana asks a question"
writes $ana "Is breakfast included?" >/dev/null
conversation=$(conversation_of $ana)
it=$(api GET "/v1/conversations/$conversation")
check "the conversation is active" "$it" '.state == "active" and .window.open and .waiting_for_answer'
inbound=$(messages "$conversation" | jq -r '.data[0].at')
check "her window closes 24 hours after her message" "$it" \
  "(.window.closes_at | sub(\"\\\\.[0-9]+\"; \"\") | fromdate) == (\"$inbound\" | sub(\"\\\\.[0-9]+\"; \"\") | fromdate) + 86400"

chapter "2. The front desk answers"
sent=$(say "$conversation" "Yes, from 7 to 10:30.")
check "it goes as an ordinary message, and Transom says why" "$sent" '.plan.plan == "go" and .plan.way == "free_form" and .plan.reason.code == "window_open"'
turn PT10S
it=$(api GET "/v1/messages/$(jq -r .id <<<"$sent")")
check "receipts came late, shuffled and twice; the message shows sent, delivered and read" "$it" \
  '.state == "read" and ([.history[].event] | (index("sent") != null) and (index("delivered") != null) and (index("read") != null))'
check "she is not waiting any more" "$(api GET "/v1/conversations/$conversation")" '.waiting_for_answer | not'

chapter "3. She is left waiting, and the window closes"
writes $ana "And is there a gym?" >/dev/null
say "$conversation" "Yes, on the top floor." >/dev/null
turn PT1M
writes $ana "Until when?" >/dev/null
closes_at=$(api GET "/v1/conversations/$conversation" | jq -r .window.closes_at)
turn PT23H58M
check "two minutes before the end nothing has gone out" "$(accepted_for $ana)" '[.[] | select(.kind == "template")] | length == 0'
turn PT2M
check "nor at the very end, since clocks may differ" "$(accepted_for $ana)" '[.[] | select(.kind == "template")] | length == 0'
turn PT10M
turn PT1H
it=$(accepted_for $ana)
check "exactly one fallback template went out" "$it" '[.[] | select(.kind == "template")] | length == 1'
check "and not before the window was over" "$it" "[.[] | select(.kind == \"template\")][0].at >= \"$closes_at\""
check "the conversation is expired" "$(api GET "/v1/conversations/$conversation")" '.state == "expired"'

chapter "4. Staff answer too late"
first=$(say "$conversation" "Until 22:00.")
second=$(say "$conversation" "Towels are at the door.")
check "the answer is held, and says so in words" "$first" '.plan.plan == "wait" and (.plan.reason.in_words | test("24 hours"))'
settle
check "it shows as held" "$(api GET "/v1/messages/$(jq -r .id <<<"$first")")" '.state == "held" and .reason.code == "window_closed"'
turn PT1M
check "no second template goes out" "$(accepted_for $ana)" '[.[] | select(.kind == "template")] | length == 1'
outside POST "/customers/$ana/messages" '{"to":"demo-whatsapp","button":"Yes, please"}' >/dev/null
settle
it=$(accepted_for $ana)
check "she taps the template's button, and the two held answers leave in order" "$it" \
  '[.[-2:][].text] == ["Until 22:00.", "Towels are at the door."]'
turn PT10S
check "and arrive" "$(api GET "/v1/messages/$(jq -r .id <<<"$second")")" '.state == "read" or .state == "delivered"'

chapter "5. Ben is not on WhatsApp any more; Carla wants no messages"
ben=16505550122
ben_new=16505550199
writes $ben "Can I check in at noon?" >/dev/null
conversation=$(conversation_of $ben)
outside POST "/customers/$ben" '{"on_whatsapp":false}' >/dev/null
turn PT24H5M
turn PT10S
check "his template fails with 131026" "$(messages "$conversation")" \
  'any(.data[]; .purpose == "window_template" and .state == "failed" and .failure.code == "131026")'
it=$(accepted_for $ben)
check "and one SMS with a link goes out at once" "$it" \
  '([.[] | select(.kind == "template")] | length == 1) and ([.[] | select(.number | contains(":sms:"))] | length == 1)'
link=$(jq -r '[.[] | select(.number | contains(":sms:"))][0].text | capture("text=(?<text>[^ ]+)").text | gsub("%20"; " ")' <<<"$it")
writes $ben_new "$link" >/dev/null
check "he comes back by the link from another number, into the same conversation" "$(messages "$conversation")" \
  "any(.data[]; .direction == \"inbound\" and .content.body == \"$link\")"
carla=16505550133
writes $carla "STOP" >/dev/null
it=$(say "$(conversation_of $carla)" "One more thing")
settle
check "Carla opted out and gets nothing, with the reason" "$(api GET "/v1/messages/$(jq -r .id <<<"$it")")" \
  '.state == "refused" and .reason.code == "opted_out"'
it=$(api POST /v1/messages "$(jq -n --arg phone "+$carla" '{channel: "demo-whatsapp", to: {phone: $phone}, via: "sms",
  content: {type: "text", body: "By SMS, then?"}}')")
settle
check "nor by SMS" "$(api GET "/v1/messages/$(jq -r .id <<<"$it")")" '.state == "refused" and .reason.code == "opted_out"'
it=$(api POST /v1/messages "$(jq -n --arg phone "+$carla" '{channel: "demo-whatsapp", to: {phone: $phone},
  content: {type: "template", name: "welcome", language: "en", values: {guest_name: "Carla"}}}')")
settle
check "nor by template" "$(api GET "/v1/messages/$(jq -r .id <<<"$it")")" '.state == "refused" and .reason.code == "opted_out"'
check "nothing reached a provider for her" "$(accepted_for $carla)" 'length == 0'

chapter "6. Providers repeat themselves, and customers have several names"
dora=16505550144
emil=16505550166
now=$(curl -sS "$controls/local/clock" | jq -r .now)
at() { jq -n --arg now "$now" --argjson ago "$1" --argjson times "$2" '{times: $times, at: ($now | sub("\\.[0-9]+"; "") | fromdate - $ago | todate)}'; }
# Dora's webhooks come once and in order; Emil's, with the same texts and times, three times and out of order.
writes $dora "One" "$(at 600 1)" >/dev/null
writes $dora "Two" "$(at 300 1)" >/dev/null
writes $dora "Three" "$(at 0 1)" >/dev/null
writes $emil "Three" "$(at 0 3)" >/dev/null
writes $emil "One" "$(at 600 3)" >/dev/null
writes $emil "Two" "$(at 300 3)" >/dev/null
conversation=$(conversation_of $dora)
# All that is known of a customer, less what differs between any two: ids, names and numbers.
known() { # known PHONE
  local id; id=$(conversation_of "$1")
  jq -n --argjson c "$(api GET "/v1/conversations/$id")" --argjson m "$(messages "$id")" '{
    conversation: ($c | del(.id, .contact)), addresses: ($c.contact.addresses | map(.kind)),
    messages: [$m.data[] | {direction, at, content, state}]}'
}
once=$(known $dora)
check "one message each, by the time at which it was written" "$once" '[.messages[].content.body] == ["Three", "Two", "One"]'
check "three times and out of order gives the same as once and in order" \
  "$(jq -n --argjson a "$once" --argjson b "$(known $emil)" '[$a, $b]')" '.[0] == .[1]'
writes $dora "Now without my number" '{"with":"user_id"}' >/dev/null
writes $dora "Now with both" '{"with":"both"}' >/dev/null
it=$(contact_of $dora)
check "known by phone, then only by a business-scoped id, then by both: one contact" "$it" \
  '.data | length == 1 and ([.[0].addresses[].kind] | (index("phone") != null) and (index("user_id") != null))'
check "and one conversation with all of it" "$(messages "$conversation")" \
  'any(.data[]; .content.body == "Now without my number") and any(.data[]; .content.body == "Now with both")'

chapter "7. The hotel writes first"
eva=16505550155
it=$(api POST /v1/messages "$(jq -n --arg phone "+$eva" '{channel: "demo-whatsapp", to: {phone: $phone},
  content: {type: "template", name: "welcome", language: "en", values: {guest_name: "Eva"}}}')")
check "a template to a number never seen goes out" "$it" '.plan.plan == "go" and .plan.way == "template"'
settle
conversation=$(jq -r .conversation <<<"$it")
check "the conversation is initiated" "$(api GET "/v1/conversations/$conversation")" '.state == "initiated"'
writes $eva "Thank you!" >/dev/null
check "and active once she answers" "$(api GET "/v1/conversations/$conversation")" '.state == "active"'

chapter "8. The provider takes a message and the answer is lost"
outside POST /receipts '{"shuffle":true,"duplicates":true,"latest":"PT5M","read":true}' >/dev/null
outside POST /faults '{"fault":"lose_answer","mode":"gateway_timeout","accepted":true,"times":1}' >/dev/null
lost=$(say "$conversation" "Your room is ready" | jq -r .id)
settle
check "the outcome is unknown" "$(api GET "/v1/messages/$lost")" '.state == "unknown"'
turn PT6M
check "until a receipt settles it" "$(api GET "/v1/messages/$lost")" '.state == "read" or .state == "delivered"'
check "and nobody sent it again" "$(accepted_for $eva)" '[.[] | select(.text == "Your room is ready")] | length == 1'
outside POST /faults '{"fault":"lose_answer","mode":"gateway_timeout","accepted":true,"times":1}' >/dev/null
outside POST /faults '{"fault":"no_receipts","times":1}' >/dev/null
lost=$(say "$conversation" "The pool is open" | jq -r .id)
settle
check "without a receipt it is unknown" "$(api GET "/v1/messages/$lost")" '.state == "unknown"'
turn PT20M
turn PT1H
check "and after its time undetermined, for people to see" "$(api GET "/v1/messages/$lost")" '.state == "undetermined"'
check "it was never sent twice" "$(accepted_for $eva)" '[.[] | select(.text == "The pool is open")] | length == 1'

chapter "All is done, and nothing is left in any queue"
check "every queue is empty" "$(curl -sS "$controls/local/queues")" '.idle and ([.queues[][]] | add) == 0'
}

# ---- what is kept, and what is forgotten ----------------------------------------------------------------------------

# wait_for_job ID: until it is over.
wait_for_job() {
  for _ in $(seq 500); do
    settle
    [ "$(api GET "/v1/jobs/$1" | jq -r .state)" = running ] || return 0
    read -r -t 0.2 <> <(:) || true
  done
  fail "the job $1 does not end" "$(api GET "/v1/jobs/$1")"
}
# Asks for long work and waits for it; answers its id.
ask() { # ask PATH BODY
  local job; job=$(api POST "$1" "$2" | jq -r .id)
  wait_for_job "$job"
  printf %s "$job"
}

# Plays README.md's "Keep and forget", with the very commands of its check.
keeping() {
local greta=16505550188 secret="the grey seal at noon"
chapter "Greta writes, and is answered"
writes $greta "I saw $secret" >/dev/null
contact=$(contact_of $greta | jq -r '.data[0].id')
say "$(conversation_of $greta)" "We did, too." >/dev/null
turn PT10S
# What is kept comes a moment behind.
for _ in $(seq 100); do
  counted=$(api GET '/v1/reports/messages?by=direction,state')
  jq -e 'any(.data[]; .direction == "outbound" and .state == "read")' >/dev/null 2>&1 <<<"$counted" && break
  read -r -t 0.2 <> <(:) || true
done
check "messages are counted from the archive" "$counted" 'any(.data[]; .direction == "inbound" and .messages >= 1) and .missing == []'

chapter "A report says what was sent, by which way, and why it was allowed"
now=$(curl -sS "$controls/local/clock" | jq -r .now)
report=$(ask /v1/reports/compliance "$(jq -n --arg until "$now" '{from: "2020-01-01T00:00:00Z", until: $until} | .from = ($until[:10] + "T00:00:00Z")')")
check "it is done" "$(api GET "/v1/jobs/$report")" '.state == "done" and (.files | index("manifest.json"))'
mkdir -p "$state/report"
for file in manifest.json manifest.sig messages-000001.csv; do api GET "/v1/jobs/$report/files/$file" >"$state/report/$file"; done
api GET /v1/reports/key >"$state/report/key.pem"
fact "$(head -n 1 "$state/report/messages-000001.csv" | tr ',' '\n' | wc -l) columns, $(($(wc -l <"$state/report/messages-000001.csv") - 1)) messages"
# The program of README.md.
awk '/^```sh$/ { block = ""; inside = 1; next } /^```$/ { if (inside && found) { printf "%s", block; exit } inside = 0; next }
  inside { block = block $0 "\n"; if (index($0, "check.sh")) found = 1 }' README.md >"$state/check.sh"
(cd "$state/report" && sh "$state/check.sh" >/dev/null) || fail "a genuine report is taken for changed"
fact "its manifest is signed, and its files are those of the manifest"
sed -i 's/accepted/refused/' "$state/report/messages-000001.csv"
(cd "$state/report" && sh "$state/check.sh" >/dev/null 2>&1) && fail "a changed report is taken for genuine"
fact "and a change of a word shows"

chapter "Greta asks what is held of her, and is handed it"
export=$(ask "/v1/contacts/$contact/export" '{}')
check "who she is" "$(api GET "/v1/jobs/$export/files/person.json")" ".contacts[0].addresses[0].value == \"+$greta\""
api GET "/v1/jobs/$export/files/messages-000001.jsonl" | grep -q "$secret" || fail "what she wrote is missing"
fact "and every message"

chapter "Under a legal hold she cannot be forgotten, after it she can"
api PUT "/v1/contacts/$contact/hold" '{"why": "case 12/2026"}' >/dev/null
check "a hold is named" "$(api POST "/v1/contacts/$contact/erase" '{}')" '.status == 409 and (.detail | contains("case 12/2026"))'
api DELETE "/v1/contacts/$contact/hold" >/dev/null
erasure=$(api POST "/v1/contacts/$contact/erase" '{}' | jq -r .id)
settle
turn PT3M
wait_for_job "$erasure"
check "it says what was done" "$(api GET "/v1/jobs/$erasure")" '.state == "done" and .progress.removed.keys == 1'
check "nothing of her can be read" "$(api GET "/v1/contacts/$contact")" '.erased and .name == null and .addresses == []'
check "nor found" "$(contact_of $greta)" '.data == []'
check "nor fetched" "$(api GET "/v1/jobs/$export/files/person.json")" '.status == 404 or .status == 409'
writes $greta "Hello again" >/dev/null
check "if she writes again she is somebody new" "$(contact_of $greta)" ".data[0].id != \"$contact\" and (.data[0].erased | not)"

chapter "How long things are kept is the account's to say"
check "a month at least" "$(api PUT /v1/retention '{"messages_days": 7}')" '.status == 422 and .errors[0].field == "messages_days"'
check "and it is kept" "$(api PUT /v1/retention '{"archive_after_days": 60, "messages_days": 730}')" '.messages_days == 730 and .audit_days == null'
}
