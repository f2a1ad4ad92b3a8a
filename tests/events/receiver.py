"""Somebody who is told of events: keeps each call in a folder, as a body and its headers.

    receiver.py PORT FOLDER
"""

import http.server
import os
import sys

port, folder = int(sys.argv[1]), sys.argv[2]


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        name = os.path.join(folder, f"{len(os.listdir(folder)):04}-{self.headers['webhook-id']}")
        os.mkdir(name)
        for header in ("id", "timestamp", "signature"):
            with open(os.path.join(name, header), "w") as file:
                file.write(self.headers[f"webhook-{header}"])
        # Last, since whoever waits for it takes the rest as being there.
        with open(os.path.join(name, "part"), "wb") as file:
            file.write(body)
        os.rename(os.path.join(name, "part"), os.path.join(name, "body"))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver).serve_forever()
