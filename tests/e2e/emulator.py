"""Starts the emulator of AWS. Its stand-in for Lambda's runtime API answers at once instead of after 40 ms."""

import http.server
import sys

http.server.BaseHTTPRequestHandler.disable_nagle_algorithm = True

from ministack.app import main  # noqa: E402

sys.exit(main())
