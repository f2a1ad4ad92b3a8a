#!/usr/bin/env bash
# The same story on an emulator of AWS: deploys infra/template.yaml itself, with its roles enforced, sets an account up by the
# operator's command line, and plays README.md's story through the emulated API Gateway, with the stand-in as the outside
# world. Then what goes wrong in life: repeats, batches up to the limits, a poison record, functions that are killed.
#
#   tests/e2e.sh stay         stops after the account is set up, and lets you try it
#   tests/e2e.sh              installs what it needs below target/e2e, and takes a few minutes
#   KILLS=1000 tests/e2e.sh   kills so many function processes instead of 100
#
# Needs python3 with venv, curl and jq.
set -euo pipefail
cd "$(dirname "$0")/.."

work=target/e2e
stack=emulated
emulator_port=${EMULATOR_PORT:-24566} stand_in_port=${STAND_IN_PORT:-24580} controls_port=${CONTROLS_PORT:-24581}
mkdir -p "$work"
state=$(mktemp -d)
log=$state/emulator.log
started=()
cleanup() {
  if [ -n "${HOLD:-}" ]; then echo "everything still runs; state in $state"; sleep "$HOLD"; fi
  for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
  # Whatever the emulator has started.
  pkill -9 -f "$state" 2>/dev/null || true
  wait 2>/dev/null || true
  if [ -n "${KEEP:-}" ]; then echo "kept: $state"; else rm -rf "$state"; fi
}
trap cleanup EXIT
. tests/story.sh

# ---- what it needs --------------------------------------------------------------------------------------------------

chapter "The emulator is installed into $work"
python=$work/venv/bin/python
if ! cmp -s tests/e2e/requirements.txt "$work/installed.txt"; then
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r tests/e2e/requirements.txt
  # Without its own compiler: only `deploy` is used here.
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps cargo-lambda==1.9.2
  cp tests/e2e/requirements.txt "$work/installed.txt"
fi
fact "$("$work/venv/bin/pip" list --format=freeze 2>/dev/null | grep -E '^(ministack|awscli|cargo-lambda)=' | tr '\n' ' ')"

export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1

chapter "The template is what AWS takes"
"$work/venv/bin/cfn-lint" infra/template.yaml
fact "cfn-lint finds nothing"
"$python" tests/e2e/sam_validate.py infra/template.yaml
fact "it is a valid SAM template, and becomes CloudFormation"

# ---- the functions --------------------------------------------------------------------------------------------------

chapter "The functions are built and stripped"
functions=(webhook react send publish fold jobs expire api operate)
# With the tests, so that what `cargo test` has built is used again.
cargo build --quiet --workspace --bins --tests --locked
for function in "${functions[@]}"; do
  mkdir -p "target/lambda/$function"
  strip -o "target/lambda/$function/bootstrap" "target/debug/$function"
done
transom=target/debug/transom
fact "$(du -ch target/lambda/*/bootstrap | tail -n 1 | cut -f 1) in ${#functions[@]} functions"

# ---- the system -----------------------------------------------------------------------------------------------------

export AWS_ENDPOINT_URL=http://127.0.0.1:$emulator_port
aws=("$work/venv/bin/aws" --endpoint-url "$AWS_ENDPOINT_URL")
wait_for() { # wait_for WHAT URL
  for _ in $(seq 100); do
    if curl -s -o "$state/answer" "$2"; then return; fi
    read -r -t 0.1 <> <(:) || true
  done
  fail "$1 did not start" "$(cat "$log")"
}

if curl -s -o /dev/null "$AWS_ENDPOINT_URL/_ministack/health"; then
  fail "something runs at $AWS_ENDPOINT_URL already" "end it, or choose another port by EMULATOR_PORT"
fi
chapter "The emulator starts, and takes the template as CloudFormation would"
(
  cd "$state"
  TMPDIR=$state GATEWAY_PORT=$emulator_port BIND_HOST=127.0.0.1 MINISTACK_HOST=localhost LAMBDA_EXECUTOR=local \
    IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 AUTH=true exec "$OLDPWD/$python" "$OLDPWD/tests/e2e/emulator.py"
) >"$log" 2>&1 &
started+=($!)
wait_for "the emulator" "$AWS_ENDPOINT_URL/_ministack/health"
"${aws[@]}" s3 mb s3://deployments >/dev/null
# The emulator serves some hundreds of calls a second: what is done in a second on AWS takes it ten.
deploy() { # deploy [PARAMETER=VALUE…]
  "${aws[@]}" cloudformation package --template-file infra/template.yaml --s3-bucket deployments \
    --output-template-file "$state/packaged.yaml" >"$state/deployed" 2>&1
  "${aws[@]}" cloudformation deploy --template-file "$state/packaged.yaml" --stack-name "$stack" --s3-bucket deployments \
    --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset --parameter-overrides \
    Architecture=x86_64 WorkTimeout=10 HttpTimeout=28 Visibility=30 ArchiveEvery=2 "SweepRate=rate(1 minute)" \
    "MetaUrl=http://127.0.0.1:$stand_in_port/meta/v26.0" "TwilioUrl=http://127.0.0.1:$stand_in_port/twilio" \
    "$@" >"$state/deployed" 2>&1 || fail "the stack was not deployed" "$(cat "$state/deployed")"
}
deploy
output() {
  "${aws[@]}" cloudformation describe-stacks --stack-name "$stack" \
    --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue" --output text
}
# The emulator's API Gateway on its own port, by a path: not every machine knows names below localhost.
api_id=$(output Url | sed -E 's|https://([^.]+)\..*|\1|')
url=http://127.0.0.1:$emulator_port/_aws/execute-api/$api_id/\$default
table=$(output Table)
# The emulator passes over the table's time to live in a template.
"${aws[@]}" dynamodb update-time-to-live --table-name "$table" \
  --time-to-live-specification 'Enabled=true,AttributeName=ttl' >/dev/null
for function in "${functions[@]}"; do
  size=$("${aws[@]}" lambda get-function-configuration --function-name "$stack-$function" --query CodeSize --output text)
  [ "$size" -gt 1000000 ] || fail "the function $function has no code"
done
check "the API answers" "$(curl -sS "$url/v1/health")" '.ok'
fact "$url"

chapter "The outside world and the controls start"
target/debug/transom-local stand-in --webhooks-url "$url" --state "$state/outside" --port "$stand_in_port" \
  >"$state/outside.log" 2>&1 &
started+=($!)
outside=http://127.0.0.1:$stand_in_port
wait_for "the stand-in" "$outside/local/clock"
"$python" tests/e2e/controls.py "$controls_port" "$stack" "$outside" >"$state/controls.log" 2>&1 &
started+=($!)
controls=http://127.0.0.1:$controls_port
wait_for "the controls" "$controls/local/clock"

chapter "An account is set up by the operator's command line"
operator() { "$transom" --stack "$stack" "$@"; }
# The functions know the address that AWS would give them; here it is another.
tell_address() {
  "${aws[@]}" lambda get-function-configuration --function-name "$stack-operate" --query Environment --output json |
    jq --arg url "$url" '.Variables.TRANSOM_URL = $url | .Variables.TRANSOM_WEBHOOKS_URL = $url' >"$state/environment.json"
  "${aws[@]}" lambda update-function-configuration --function-name "$stack-operate" \
    --environment "file://$state/environment.json" >/dev/null
}
tell_address
settings=$(curl -sS "$outside/local/settings")
check "the installation knows itself" "$(operator --json about)" ".webhooks == \"$url\" and .sends == \"on\""
check "an account is made once" "$(operator --json account create demo)" .made
check "and not twice" "$(operator --json account create demo)" '.made | not'
jq -r '.secrets | to_entries[] | select(.key != "account-key" and .key != "api-token") | [.key, .value] | @tsv' <<<"$settings" |
  while IFS=$'\t' read -r name value; do operator --json secret put demo "$name" <<<"$value" >/dev/null; done
jq '{channels, endpoints, templates}' <<<"$settings" >"$state/settings.json"
check "its settings are stored" "$(operator --json apply demo "$state/settings.json")" '.stored > 10'
for channel in demo-whatsapp demo-twilio demo-sms; do
  check "$channel is registered with its provider" "$(operator --json channel register demo $channel)" .done
done
token=$(operator --json token create demo | jq -r .token)
check "a token opens the API" "$(api GET /v1/channels)" '.data | length == 3'
status() { curl -sS -o /dev/null -w '%{http_code}' "$@"; }
check "and another does not" "$(status "$url/v1/channels" -H 'authorization: Bearer nobody')" '. == 401'
check "a webhook that nobody signed is refused" "$(status -X POST "$url/webhooks/demo-whatsapp" -d '{}')" '. == 401'

if [ "${1:-}" = stay ]; then
  cat <<TOLD

The stack $stack runs on the emulator until Ctrl-C. In another terminal:

  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 AWS_ENDPOINT_URL=$AWS_ENDPOINT_URL
  export TRANSOM_STACK=$stack TOKEN=$token URL='$url'
  cargo run -q -p operator -- doctor --account demo
  curl -s "\$URL/v1/channels" -H "authorization: Bearer \$TOKEN"
  curl -s $outside/outside/customers/16505550111/messages -H 'content-type: application/json' \\
    -d '{"to": "demo-whatsapp", "text": "Is breakfast included?"}'
  curl -s "\$URL/v1/conversations?state=active" -H "authorization: Bearer \$TOKEN"
TOLD
  wait "${started[0]}"
  exit
fi

# ---- the story, and what goes wrong ---------------------------------------------------------------------------------

[ -n "${WITHOUT_STORY:-}" ] || story
. tests/e2e/trouble.sh
printf '\nEnd to end holds (%s s).\n' "$SECONDS"
