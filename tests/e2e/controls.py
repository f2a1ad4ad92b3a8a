"""What the local system offers below /local/, for the system on the emulator: a clock that is turned, rest that is waited
for, queues that are counted. The clock is turned by configuration: the stand-in's own, and TRANSOM_TIME_SHIFT_SECONDS of
every function.

    controls.py PORT STACK STAND_IN_URL
"""

import datetime
import json
import re
import sys
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import botocore.config
import botocore.session

FUNCTIONS = ["webhook", "react", "send", "publish", "fold", "jobs", "expire", "api", "operate"]
QUEUES = ["sends.fifo", "sends-dead.fifo", "events", "events-dead", "unhandled"]
# A message that is put off comes back in real time, so rest may take a while.
PATIENCE_SECONDS = 90

port, stack, stand_in = int(sys.argv[1]), sys.argv[2], sys.argv[3]
session = botocore.session.get_session()
config = botocore.config.Config(read_timeout=120, retries={"max_attempts": 1}, max_pool_connections=16)
aws_lambda = session.create_client("lambda", config=config)
sqs = session.create_client("sqs", config=config)
shift_seconds = 0
one_at_a_time = threading.Lock()


def invoke(function, event):
    answer = aws_lambda.invoke(FunctionName=f"{stack}-{function}", Payload=json.dumps(event))
    body = json.loads(answer["Payload"].read() or b"null")
    if "FunctionError" in answer:
        raise RuntimeError(f"{function} failed: {body}")
    if isinstance(body, dict) and "refused" in body:
        raise RuntimeError(f"{function} refuses: {body['refused']}")
    return body


def outside(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(stand_in + path, data, {"content-type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def turn(advance):
    """Turns every clock by an ISO 8601 duration of days, hours, minutes and seconds."""
    global shift_seconds
    parts = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", advance)
    days, hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    shift_seconds += ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    # The emulator ends a function that is changed, even in the middle of a call.
    outside("/local/hold", {"hold": True})
    with ThreadPoolExecutor(len(FUNCTIONS)) as pool:
        list(pool.map(shift, FUNCTIONS))
    outside("/local/clock", {"advance": advance})
    outside("/local/hold", {"hold": False})


def shift(function):
    name = f"{stack}-{function}"
    variables = aws_lambda.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    variables["TRANSOM_TIME_SHIFT_SECONDS"] = str(shift_seconds)
    aws_lambda.update_function_configuration(FunctionName=name, Environment={"Variables": variables})


def depth():
    """What lies in the queues: visible, in flight, delayed."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
    queues = {}
    for name in QUEUES:
        url = sqs.get_queue_url(QueueName=f"{stack}-{name}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        queues[name] = dict(zip(["visible", "in_flight", "delayed"], (int(attributes.get(name, 0)) for name in names)))
    return queues


def probe(until):
    """Everything that was written before it is followed and rung for once it has arrived."""
    it = again(until, "operate", {"do": "probe"})
    while not it["arrived"]:
        if time.monotonic() > until:
            raise RuntimeError("a probe did not arrive: the stream or the queue stands still")
        time.sleep(0.05)
        it = again(until, "operate", {"do": "probe", "id": it["id"]})


def again(until, function, event):
    """What fails is asked for again, as a scheduled run is on AWS, and an order by whoever gave it; only while rest is waited for."""
    while True:
        try:
            return invoke(function, event)
        except RuntimeError as error:
            print(error, file=sys.stderr, flush=True)
            if time.monotonic() > until:
                raise


def settle():
    """Waits until the outside has posted what is due, the stream is followed, timers are looked at and the queue is empty,
    all without anything new in between."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        posted = outside("/local/settle")["posted"]
        again(until, "expire", {})
        probe(until)
        posted += outside("/local/settle")["posted"]
        queues = depth()
        waiting = {name: queues[name] for name in ["sends.fifo", "events"]}
        if posted == 0 and not any(sum(queue.values()) for queue in waiting.values()):
            return
        if time.monotonic() > until:
            raise RuntimeError(f"no rest within {PATIENCE_SECONDS} s: {waiting}")


class Controls(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/local/clock":
            self.answer({"now": now()})
        elif self.path == "/local/queues":
            queues = depth()
            self.answer({"idle": sum(queues["sends.fifo"].values()) == 0, "queues": queues})
        else:
            self.answer({"detail": "no such control"}, 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            with one_at_a_time:
                if self.path == "/local/settle":
                    settle()
                elif self.path == "/local/clock":
                    turn(json.loads(body)["advance"])
                else:
                    return self.answer({"detail": "no such control"}, 404)
            self.answer({"now": now()})
        except Exception as error:  # It is shown to whoever asked.
            self.answer({"detail": repr(error)}, 500)

    def answer(self, body, status=200):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def now():
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=shift_seconds)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", port), Controls).serve_forever()
