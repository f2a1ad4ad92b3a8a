#!/usr/bin/env bash
# What a webhook with one message takes here and in other libraries, in turns on this machine. Needs Rust, Python 3 and
# Node; installs the others into target/compare.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
there=$root/target/compare
mkdir -p "$there/js"
cd "$root"

[ -d "$there/py" ] || python3 -m venv "$there/py"
"$there/py/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
cp "$here/package.json" "$here/api_js_side.js" "$there/js/"
(cd "$there/js" && npm install --silent --no-audit --no-fund)
cargo build --release --quiet --manifest-path "$here/business_rs/Cargo.toml" --target-dir "$there/rust"
cargo bench --quiet -p benches --bench webhook -- --body > "$there/body.json"
cargo bench --quiet -p benches --bench webhook --no-run

python3 "$here/drive.py" \
  "Transom=cargo bench --quiet -p benches --bench webhook -- --side" \
  "pywa 4.5.0=$there/py/bin/python $here/pywa_side.py $there/body.json" \
  "whatsapp-api-js 6.3.0=node $there/js/api_js_side.js $there/body.json" \
  "Transom, from an HTTP request=cargo bench --quiet -p benches --bench webhook -- --side --from-request" \
  "whatsapp-business-rs 0.5.0, from an HTTP request=$there/rust/release/business_rs $there/body.json"
