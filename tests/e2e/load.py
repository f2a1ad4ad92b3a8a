"""Many conversations at once against the system on the emulator, and what must hold of them in the end.

    load.py batches URL TOKEN OUTSIDE CONTROLS
    load.py kills   URL TOKEN OUTSIDE CONTROLS STATE KILLS
"""

import hashlib
import hmac
import http.client
import json
import os
import random
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

mode, url, token, outside, controls = sys.argv[1:6]
META_NUMBER = "106540352242922"


def call(method, address, body=None, headers=None, timeout=60):
    """Status and JSON; status 0 where there was no answer."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    head = {"content-type": "application/json", **(headers or {})}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, data, head, method=method), timeout=timeout) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, None
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError):
        return 0, None


def api(method, path, body=None, headers=None):
    """A call as a program makes it: one that is too much for its token comes again a second later."""
    for _ in range(30):
        status, answer = call(method, url + path, body, {"authorization": f"Bearer {token}", **(headers or {})})
        if status != 429:
            break
        time.sleep(1)
    return status, answer


def get(path):
    """A page of the API; asked for again where there was no good answer."""
    for _ in range(50):
        status, answer = api("GET", path)
        if status == 200:
            return answer
        time.sleep(0.2)
    sys.exit(f"{path} answers {status}")


def control(path, body=None):
    data = json.dumps(body or {}).encode()
    request = urllib.request.Request(controls + path, data, {"content-type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{path} answers {error.code}: {error.read().decode(errors='replace')}")


def ok(holds, words, more=None):
    if not holds:
        sys.exit(f"  FAILED  {words}\n{json.dumps(more, indent=1)[:4000]}")
    print(f"  ok  {words}", flush=True)


def accepted():
    return call("GET", outside + "/outside/ledger")[1]["accepted"]


def conversations():
    """Every conversation of the account by its customer's phone."""
    found, path = {}, "/v1/conversations?limit=100"
    while path:
        page = get(path)
        for it in page["data"]:
            for address in it["contact"]["addresses"]:
                found[address["value"]] = it
        path = f"/v1/conversations?limit=100&cursor={page['next_cursor']}" if page.get("next_cursor") else None
    return found


def messages(conversation):
    return get(f"/v1/conversations/{conversation}/messages?limit=100")["data"]


def at_once(work, items, most=8):
    with ThreadPoolExecutor(most) as pool:
        return list(pool.map(work, items))


def post_signed(body, secret):
    data = json.dumps(body).encode()
    signature = "sha256=" + hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()
    return call("POST", url + "/webhooks/demo-whatsapp", data, {"x-hub-signature-256": signature})[0]


def batches():
    secret = call("GET", outside + "/local/settings")[1]["secrets"]["meta-app-secret"]
    clock = call("GET", outside + "/local/clock")[1]["now"]
    at = int(time.mktime(time.strptime(clock[:19], "%Y-%m-%dT%H:%M:%S"))) - time.timezone
    customers = [f"1650556{number:04}" for number in range(100)]

    def message(customer, text):
        return {"from": customer, "id": f"wamid.{customer}.{text}", "timestamp": str(at), "type": "text",
                "text": {"body": text}}

    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": META_NUMBER},
             "messages": [message(customer, "one") for customer in customers]
             + [message(customers[0], f"more {number}") for number in range(400)]}
    body = {"object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}
    ok(post_signed(body, secret) == 200, "500 messages of 100 customers in one body are taken")
    statuses = at_once(lambda _: post_signed(body, secret), range(3), 3)
    ok(statuses == [200] * 3, "and three more times at once", statuses)
    control("/local/settle")
    known = conversations()
    ok(all("+" + customer in known for customer in customers), "each has a conversation")
    one = messages(known["+" + customers[1]]["id"])
    ok(len(one) == 1, "with one message, however often it came", one)
    replies = at_once(lambda customer: api("POST", "/v1/messages", {
        "to": {"conversation": known["+" + customer]["id"]}, "content": {"type": "text", "body": f"Hello {customer}"},
    })[0], customers)
    ok(replies == [202] * len(customers), "all are answered, in batches of the stream and the queue", replies)
    control("/local/settle")
    texts = [it["text"] for it in accepted() if it["text"].startswith("Hello 1650556")]
    ok(sorted(texts) == [f"Hello {customer}" for customer in customers], "each once", len(texts))


def processes(state):
    """The functions' processes of this emulator."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read().decode(errors="replace")
        except OSError:
            continue
        if state in command and command.rstrip("\0").endswith("bootstrap"):
            found.append(int(pid))
    return found


def kills():
    state, wanted = sys.argv[6], int(sys.argv[7])
    seed = int(os.environ.get("SEED", "20261128"))
    chance, done = random.Random(seed), threading.Event()
    customers = [f"1650557{number:04}" for number in range(60)]
    killed, asked, told = 0, {}, {}

    def write(customer, number):
        status, answer = call("POST", f"{outside}/outside/customers/{customer}/messages",
                              {"to": "demo-whatsapp", "text": f"question {number} of {customer}"})
        if status == 202:
            told.setdefault(customer, []).append(f"question {number} of {customer}")

    def say(customer, number):
        """As a program does: the same key until there is an answer."""
        body = {"channel": "demo-whatsapp", "to": {"phone": "+" + customer},
                "content": {"type": "text", "body": f"answer {number} to {customer}"}}
        while True:
            status, answer = api("POST", "/v1/messages", body, {"idempotency-key": f"{customer}-{number}"})
            if status == 202:
                asked[answer["id"]] = f"answer {number} to {customer}"
                return
            if status and status < 500 and status != 429:
                sys.exit(f"a message was refused with {status}")
            time.sleep(0.2)

    def converse(part):
        number = 0
        while not done.is_set():
            for customer in part:
                if done.is_set():
                    return
                write(customer, number)
                say(customer, number)
            number += 1

    parts = [customers[place::6] for place in range(6)]
    threads = [threading.Thread(target=converse, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    while killed < wanted:
        time.sleep(chance.uniform(0.05, 0.4))
        running = processes(state)
        if running:
            try:
                os.kill(chance.choice(running), signal.SIGKILL)
                killed += 1
            except ProcessLookupError:
                pass
    done.set()
    for thread in threads:
        thread.join()
    print(f"  --  {killed} kills, {sum(map(len, told.values()))} questions, {len(asked)} answers (seed {seed})", flush=True)
    # What was put off comes back in real time; what may have gone out is judged an hour later.
    until = time.monotonic() + 240
    while True:
        control("/local/settle")
        control("/local/clock", {"advance": "PT20M"})
        control("/local/settle")
        states = dict(at_once(lambda id: (id, get(f"/v1/messages/{id}")), list(asked)))
        open_ones = [id for id, it in states.items() if it["state"] in ("queued", "sending", "held", "unknown")]
        if not open_ones or time.monotonic() > until:
            break
    ok(not open_ones, "every answer has ended", [states[id] for id in open_ones[:3]])
    known = conversations()
    stored = at_once(lambda customer: [it["content"]["body"] for it in messages_of(known, customer)], list(told))
    for customer, texts in zip(told, stored):
        if sorted(texts) != sorted(told[customer]):
            ok(False, f"all that {customer} wrote is there, once", [told[customer], texts])
    ok(True, "all that customers wrote is there, once")
    times = {}
    for it in accepted():
        times[it["text"]] = times.get(it["text"], 0) + 1
    for id, text in asked.items():
        count, state = times.get(text, 0), states[id]["state"]
        fine = count == 1 if state in ("accepted", "sent", "delivered", "read") else (state == "undetermined" and count <= 1)
        if not fine:
            ok(False, f"{text}: accepted {count} times, and its state is {state}", states[id])
    undetermined = [id for id in asked if states[id]["state"] == "undetermined"]
    ok(True, f"every answer reached the provider once, or is shown as undetermined ({len(undetermined)})")
    queues = call("GET", controls + "/local/queues")[1]["queues"]
    ok(sum(queues["sends-dead.fifo"].values()) + sum(queues["unhandled"].values()) == 0, "nothing died in a queue", queues)


def messages_of(known, customer):
    """What a customer wrote: all pages of their conversation."""
    path, found = f"/v1/conversations/{known['+' + customer]['id']}/messages?limit=100", []
    while path:
        page = get(path)
        found += [it for it in page["data"] if it["direction"] == "inbound"]
        path = f"{path.split('&cursor')[0]}&cursor={page['next_cursor']}" if page.get("next_cursor") else None
    return found


{"batches": batches, "kills": kills}[mode]()
