# The commands of README.md's section on AWS, taken from it as they stand, on the emulator; sourced by e2e.sh. What needs a real
# account, a phone or a terminal is left out, as is what was built and deployed before.
# shellcheck shell=bash

chapter "README's own commands set an account up and remove everything"

# The block of README.md that holds a line.
block_with() {
  awk -v wanted="$1" '/^```sh/ { block = ""; inside = 1; next }
    /^```/ { if (inside && found) { printf "%s", block; exit } inside = 0; next }
    inside { block = block $0 "\n"; if (index($0, wanted)) found = 1 }' README.md
}
# Runs it as a reader would: `transom` is the binary that was built, `aws` the one of the emulator's own folder.
run_block() { # run_block LINE [SED…]
  local text; text=$(block_with "$1"); shift
  [ -n "$text" ] || fail "README.md has no such block" "$1"
  for edit in "$@"; do text=$(sed -E "$edit" <<<"$text"); done
  # In the background, since a shell that is asked how it went goes on after errors.
  (
    set -euo pipefail
    transom() { "$OLDPWD/target/debug/transom" --stack "$stack" "$@"; }
    aws() { (cd "$OLDPWD" && "${aws[@]}" "$@"); }
    cd "$state"
    eval "$text"
  ) >"$state/readme" 2>&1 &
  wait $! || fail "a command of README.md fails" "$text
$(cat "$state/readme")"
  fact "$(head -n 1 <<<"$text")"
}

# What was deployed last has the address that AWS would give it.
tell_address
# Its channels and endpoints have names of their own here, since the demo account has some of these.
run_block "transom account create hotel"
number_id=$(jq -r '.channels[] | select(.id == "demo-whatsapp") | .number' <<<"$settings")
waba=$(jq -r '.channels[] | select(.id == "demo-whatsapp") | .provider_account' <<<"$settings")
phone=$(jq -r '.channels[] | select(.id == "demo-whatsapp") | .phone' <<<"$settings")
run_block "transom channel create hotel front-desk --provider meta --phone" \
  "s/106540352242922/$number_id/; s/102290129340398/$waba/; s/\+15550783881/$phone/" \
  "s/secret put hotel meta-token .*/secret put hotel meta-token <<<$(jq -r '.secrets["meta-token"]' <<<"$settings")/" \
  "s/secret put hotel meta-app-secret/secret put hotel meta-app-secret <<<$(jq -r '.secrets["meta-app-secret"]' <<<"$settings")/"
# The stand-in knows the demo account's templates only, so the doctor finds these two missing.
run_block "cat > settings.json" '/^transom doctor/d'
check "its settings are stored" "$(operator --json apply hotel "$state/settings.json")" '.stored == 2'
check "the doctor finds the rest in order" "$(operator --json doctor --account hotel || true)" \
  '[.findings[] | select(.ok | not) | .check] | unique - ["template", "queue"] == []'
check "nothing is to be redriven" "$(operator --json redrive)" '.rung == 0'
check "a secret is replaced while both are good" "$(operator --json secret put hotel meta-app-secret --keep-old <<<another)" \
  '.values_accepted == 2'
answers "an account whose key is lost" 'account: has data, but its secret account-key is gone' bash -c \
  "$(printf '%q ' "${aws[@]}") ssm delete-parameter --name /transom/hotel/account-key >/dev/null; $transom --stack $stack account create hotel"

run_block "delete-stack --stack-name transom" "s/--stack-name transom/--stack-name $stack/"
check "no table is left" "$("${aws[@]}" dynamodb list-tables)" '.TableNames == []'
run_block "get-parameters-by-path"
check "nor a secret of this account" "$("${aws[@]}" ssm get-parameters-by-path --path /transom/hotel --recursive)" '.Parameters == []'
