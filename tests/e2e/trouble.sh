# What goes wrong in life, on the emulator; sourced by e2e.sh.
# shellcheck shell=bash

if [ -z "${WITHOUT_STORY:-}" ]; then
settle
chapter "The schedule runs by itself, and the doctor finds everything in order"
report=$(operator --json doctor --account demo || true)
check "the doctor says so" "$report" '.ok and (.findings | length > 20)'
check "a probe went by stream and queue" "$report" 'any(.findings[]; .check == "way" and .ok)'
schedule_ran() { grep -c 'emulated-expire' "$log"; }
before=$(schedule_ran)
for _ in $(seq 900); do
  [ "$(schedule_ran)" -gt "$before" ] && break
  read -r -t 0.1 <> <(:) || true
done
check "expire was called by its schedule" "{\"before\": $before, \"now\": $(schedule_ran)}" '.now > .before'

keeping

chapter "A body up to the limits, repeats, and batches"
"$python" tests/e2e/load.py batches "$url" "$token" "$outside" "$controls"

chapter "A poison record holds up nobody"
poison='{"pk":{"S":"A#demo#V#cnv"},"sk":{"S":"H"},"ch":{"N":"1"}}'
"${aws[@]}" dynamodb put-item --table-name "$table" --item "${poison/\#cnv/#00000000000000000000000000}"
queue=$("${aws[@]}" sqs get-queue-url --queue-name "$stack-sends.fifo" --query QueueUrl --output text)
"${aws[@]}" sqs send-message --queue-url "$queue" --message-body 'no doorbell' --message-group-id poison \
  --message-deduplication-id poison >/dev/null
greta=16505550177
writes $greta "Am I held up?" >/dev/null
# By her number: there are more conversations now than a page holds.
check "an answer to her is accepted" "$(api POST /v1/messages "$(jq -n --arg phone "+$greta" '{channel: "demo-whatsapp",
  to: {phone: $phone}, content: {type: "text", body: "Not at all."}}')")" '.plan.plan == "go"'
settle
check "others go on" "$(accepted_for $greta)" '[.[].text] == ["Not at all."]'
check "the record is parked" "$(operator --json parked list demo)" 'any(.[]; .what.kind == "change")'
check "the job is shown to operators" "$(operator --json parked list)" 'any(.[]; .what.kind == "job")'
operator --json parked retry demo >/dev/null || true
check "the table is rebuilt past it" "$(operator --json rebuild --account demo 2>/dev/null)" '.pages >= 1'

fi

chapter "Functions are killed, ${KILLS:=100} times, while customers write and are answered"
"$python" tests/e2e/load.py kills "$url" "$token" "$outside" "$controls" "$state" "$KILLS"

# The killed processes hold seats under the limit of the token that was used so much.
token=$(operator --json token create demo | jq -r .token)

chapter "One function is deployed by cargo lambda, and takes effect"
check "before" "$(curl -sS "$url/v1/health")" '.version != "changed"'
TRANSOM_BUILD=changed cargo build --quiet --workspace --bins --tests --locked
strip -o "target/lambda/api/bootstrap" target/debug/api
"$work/venv/bin/cargo-lambda" lambda deploy --endpoint-url "$AWS_ENDPOINT_URL" --region us-east-1 \
  --binary-path target/lambda/api/bootstrap "$stack-api" >"$state/cargo-lambda" 2>&1 ||
  fail "cargo lambda deploy failed" "$(cat "$state/cargo-lambda")"
check "after" "$(curl -sS "$url/v1/health")" '.version == "changed"'
check "its settings are as the template set them" "$(api GET /v1/channels)" '.data | length == 3'

chapter "What is wrong is said, and can be tried again"
answers() { # answers WHAT PATTERN COMMAND…: the command fails and says so
  local what=$1 pattern=$2; shift; shift
  local said; said=$("$@" 2>&1) && fail "$what: it did not fail" "$said"
  grep -qiE "$pattern" <<<"$said" || fail "$what: it does not say $pattern" "$said"
  fact "$what"
}
answers "a stack that is not there" 'no function other-operate.*name of the stack' "$transom" --stack other about
answers "an account that was not made" 'account: has no secret account-key' operator token create nobody
answers "a secret without a value" 'value: standard input holds no value' operator secret put demo meta-token </dev/null
answers "settings that are none" 'is not JSON' operator apply demo "$log"
answers "a parameter that no stack takes" 'Visibility' "${aws[@]}" cloudformation deploy --template-file \
  "$state/packaged.yaml" --stack-name wrong --s3-bucket deployments --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
  --parameter-overrides Visibility=1
deploy LogDays=14
check "the same stack takes a change" "$(curl -sS "$url/v1/health")" '.ok'
answers "a certificate that is none" 'CertificateArn' "${aws[@]}" cloudformation deploy --template-file \
  "$state/packaged.yaml" --stack-name wrong --s3-bucket deployments --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
  --parameter-overrides CertificateArn=junk
AWS_ENDPOINT_URL=http://127.0.0.1:9 answers "no AWS" 'cannot call emulated-operate in us-east-1: .*refused' operator about
AWS_ENDPOINT_URL=$outside answers "no AWS at this address" 'is none of AWS|AWS answers' operator about
AWS_REGION=eu-west-1 answers "another region" 'no function emulated-operate in eu-west-1' operator about

chapter "Webhooks come by a function URL instead"
deploy WebhooksBy=url
webhooks_host=$(output WebhooksUrl | sed -E 's|https?://||; s|/.*||')
check "it is reached, and refuses what nobody signed" "$(status -X POST "$AWS_ENDPOINT_URL/webhooks/demo-whatsapp" \
  -H "host: $webhooks_host" -d '{}')" '. == 401'
deploy WebhooksBy=api
check "and the API takes them again" "$(status -X POST "$url/webhooks/demo-whatsapp" -d '{}')" '. == 401'

. tests/e2e/readme.sh

