"""Starts the emulator of AWS, with three of its ways put right.

Its stand-in for Lambda's runtime API answers at once instead of after 40 ms. And it heeds ReportBatchItemFailures of a
stream, which it passes over: a batch with a failed record comes again as a whole (Lambda would begin at that record). And it
takes a number of a template's parameter for a number, where it limits how many functions a queue wakes.
"""

import http.server
import json
import sys

http.server.BaseHTTPRequestHandler.disable_nagle_algorithm = True

from ministack.app import main  # noqa: E402

from ministack.services import lambda_svc  # noqa: E402

execute = lambda_svc._execute_function


def execute_function(function, event):
    result = execute(function, event)
    records = event.get("Records") if isinstance(event, dict) else None
    if not records or records[0].get("eventSource") != "aws:dynamodb" or result.get("error"):
        return result
    body = result.get("body")
    body = json.loads(body) if isinstance(body, str) and body else body
    if isinstance(body, dict) and body.get("batchItemFailures"):
        return {**result, "error": True, "body": {"errorType": "PartialFailure", "errorMessage": json.dumps(body)}}
    return result


concurrency = lambda_svc._sqs_esm_concurrency
lambda_svc._execute_function = execute_function
lambda_svc._sqs_esm_concurrency = lambda *arguments: int(concurrency(*arguments))
sys.exit(main())
