#!/usr/bin/env bash
# README.md's section "When the window closes", played against the system on one machine: a guest writes on Saturday, is answered on
# Monday, and is reached by template, by SMS, and on WhatsApp again. Needs curl and jq.
set -euo pipefail
cd "$(dirname "$0")/.."

state=$(mktemp -d)
log=$state/log
cleanup() {
  [ -z "${KEEP_LOG:-}" ] || cp "$log" "$KEEP_LOG"
  kill "${server:-0}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$state"
}
trap cleanup EXIT
. tests/story.sh

start_local

guest=16505550144
other_phone=16505550155

chapter "The front desk says once what should happen"
ladder=$(jq -c . <<'LADDER'
{
  "default_language": "en",
  "business_hours": {"time_zone": "Europe/Madrid", "weekly": {"monday": [["09:00", "18:00"]], "tuesday": [["09:00", "18:00"]],
    "wednesday": [["09:00", "18:00"]], "thursday": [["09:00", "18:00"]], "friday": [["09:00", "18:00"]]}},
  "steps": [
    {"name": "remind", "when": {"moment": "before_end", "minutes": 240}, "only_if": ["customer_waits"], "do": {"action": "remind"}},
    {"name": "away", "when": {"moment": "before_end", "minutes": 60}, "only_if": ["customer_waits", "outside_business_hours"],
      "do": {"action": "holding_message", "text": "Thank you! We are back on Monday and will answer you first."}},
    {"name": "answer-waiting", "when": {"moment": "answer_held"}, "do": {"action": "send_template", "template": "answer_waiting"}},
    {"name": "sms", "when": {"moment": "after_template", "minutes": 120}, "only_if": ["may_be_texted"],
      "do": {"action": "sms_invite", "text": "Your answer is waiting on WhatsApp:"}},
    {"name": "give-up", "when": {"moment": "held_for", "hours": 72}, "do": {"action": "give_up", "ticket": true}}
  ]
}
LADDER
)
check "it is stored" "$(api PUT /v1/ladder "$ladder")" '.steps | length == 5'
lasting=$(api PUT /v1/templates/answer_waiting/en '{"approved": true, "body": "An answer is waiting.", "time_to_live_seconds": 86400}')
check "a template that would outlive the next step is refused" "$lasting" '.status == 422 and .errors[0].field == "time_to_live_seconds"'

chapter "She writes on Saturday"
# To the next Saturday morning.
now=$(curl -sS "$controls/local/clock" | jq -r .now)
ahead=$(jq -rn --arg now "$now" '($now[0:19] + "Z" | fromdate) as $at | ((122400 - $at % 86400) % 86400) as $seconds
  | ((13 - ($at + $seconds | strftime("%w") | tonumber)) % 7) as $days | "P\($days)DT\($seconds)S"')
turn "$ahead"
writes $guest "Could we have a late breakfast on Monday?" >/dev/null
conversation=$(conversation_of $guest)
turn PT1M
check "a rule that comes with Transom tells her at once that nobody is there" "$(accepted_for $guest)" 'length == 1 and (.[0].text | contains("closed at the moment"))'
turn PT23H29M
check "an hour before the end she is told when she will hear from them" "$(accepted_for $guest)" '[.[] | .text][1:] == ["Thank you! We are back on Monday and will answer you first."]'
check "which is no answer" "$(api GET "/v1/conversations/$conversation")" '.waiting_for_answer'
turn PT24H
check "nothing else goes out on Sunday" "$(accepted_for $guest)" 'length == 2'

chapter "On Monday she is answered, too late for WhatsApp"
plan=$(api POST /v1/plan "$(jq -n --arg id "$conversation" '{to: {conversation: $id}, content: {type: "text", body: "x"}}')")
check "the plan says why it waits" "$plan" '.plan == "wait" and .reason.code == "window_closed"'
answer=$(say "$conversation" "Of course, breakfast is until eleven." | jq -r .id)
settle
check "the answer is held" "$(api GET "/v1/messages/$answer")" '.state == "held"'
check "and one template tells her that it is there" "$(accepted_for $guest)" '[.[] | .kind] == ["text", "text", "template"]'
changed=$(api PATCH "/v1/messages/$answer" '{"content": {"type": "text", "body": "Of course! Breakfast is until eleven, and your table is reserved."}}')
check "what is held can be changed" "$changed" '.state == "queued" or .state == "held"'
say "$conversation" "Would you like a table by the window?" >/dev/null
settle
check "and a second answer waits behind it" "$(api GET "/v1/conversations/$conversation/held")" '[.data[].content.body] == ["Of course! Breakfast is until eleven, and your table is reserved.", "Would you like a table by the window?"]'
check "without another template" "$(accepted_for $guest)" '[.[] | select(.kind == "template")] | length == 1'

chapter "She does not answer there, and gets an SMS"
turn PT2H5M
sms=$(accepted_for $guest | jq -r '[.[] | select(.number | contains(":sms:"))] | if length == 1 then .[0].text else error("not one SMS") end')
case $sms in
  *"Your answer is waiting on WhatsApp: https://wa.me/"*) fact "one SMS with a link: $sms" ;;
  *) fail "the SMS has no link" "$sms" ;;
esac
[ "${#sms}" -le 160 ] || fail "the SMS is longer than one" "$sms"
fact "which says nothing of what was written"

chapter "The link leads back, even from another number"
words=$(sed -E 's/.*text=//; s/%20/ /g' <<<"$sms")
writes $other_phone "$words" >/dev/null
check "it is the same conversation" "$(api GET "/v1/conversations/$conversation")" '.state == "active"'
released=$(jq -s 'add | [.[] | select(.kind == "text" and (.number | contains(":sms:") | not)) | .text]' <(accepted_for $guest) <(accepted_for $other_phone))
check "and both answers are there, in order" "$released" '.[-2:] == ["Of course! Breakfast is until eleven, and your table is reserved.", "Would you like a table by the window?"]'
check "each of them once" "$(api GET "/v1/conversations/$conversation/held")" '.data == []'
turn PT10S
shown=$(api GET "/v1/messages/$answer")
check "and each says what became of it, and why" "$shown" '.state == "read" and .reason.code == "window_open"'

chapter "What the ladder needs was put there by one call"
check "the library lists what there is" "$(api GET /v1/template-library)" '[.data[].languages | keys] | flatten | unique == ["de", "en", "es", "fr", "pt_BR", "sv"]'
installed=$(api POST /v1/template-library/install '{"names": ["room_ready", "welcome_check_in"], "languages": ["en", "de"]}')
check "a part of it is installed and submitted" "$installed" '(.installed | length) == 4 and .job != null'
turn PT2M
check "and approved" "$(api GET /v1/templates/room_ready)" 'any(.languages[]; .language == "de" and .status == "approved")'
sent=$(api POST /v1/messages "$(jq -n --arg id "$conversation" '{to: {conversation: $id}, content: {type: "template", name: "room_ready",
  values: {room_number: "214", guest_name: "Ms Rowan"}}}')")
check "and sent in her language" "$sent" '.plan.plan == "go" and .plan.way == "template" and .plan.cost.amount.currency == "USD"'

printf '\nWhoever is answered late is answered all the same.\n'
