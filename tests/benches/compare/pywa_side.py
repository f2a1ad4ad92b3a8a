"""pywa's side: verifies, parses and hands the message to a handler. A line in, microseconds of user CPU out."""

import hashlib, hmac, pathlib, resource, sys

from pywa import WhatsApp

TIMES = 5_000
SECRET = "0123456789abcdef0123456789abcdef"
body = pathlib.Path(sys.argv[1]).read_bytes()
signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
client = WhatsApp(phone_id="106540352242922", token="t", server=None, verify_token="v", app_secret=SECRET,
                  validate_updates=True, skip_duplicate_updates=False)
seen = 0


@client.on_message
def surface(_, message):
    global seen
    seen += bool(message.id and message.text)


def user():
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


for _ in sys.stdin:
    seen, before = 0, user()
    for _ in range(TIMES):
        assert client.webhook_update_validator(body, signature) is None
        assert client.webhook_update_handler(body) == ("ok", 200)
    took = user() - before
    assert seen == TIMES, f"{seen} of {TIMES} messages were surfaced"
    print(f"{took * 1e6 / TIMES:.3f}", flush=True)
