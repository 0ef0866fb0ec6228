"""A system that Acquit calls when something was paid: checks the signature, handles every event once, answers quickly.

    WEBHOOK_SECRET=whsec_… python receiver.py --port 8099 --store events.sqlite3

Put a web server with TLS in front of it: Acquit calls https addresses only. The secret is shown once, when the webhook
is made; while it is replaced, give both, separated by a blank. Needs Python 3.11 and standardwebhooks, nothing else.
See docs/subscribing.md for what the events say and promise.
"""

import argparse
import json
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from standardwebhooks import Webhook, WebhookVerificationError

LIMIT_BYTES: Final = 1_000_000

Event = dict[str, Any]


class Store:
    """Remembers what was handled. Here a real system would book the payment, in the same transaction."""

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False)
        self._database.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, event TEXT NOT NULL)")

    def handle_once(self, event: Event) -> bool:
        """Record the event; false when it is here already, because the answer to an earlier call got lost."""
        with self._lock, self._database:
            written = self._database.execute(
                "INSERT OR IGNORE INTO events VALUES (?, ?)", (event["id"], json.dumps(event, ensure_ascii=False))
            )
        return written.rowcount == 1


class Receiver(ThreadingHTTPServer):
    """Takes calls until it was told to stop or has heard enough."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], secrets: Sequence[str], store: Store, *, count: int | None) -> None:
        super().__init__(address, Call)
        self.webhooks = [Webhook(secret) for secret in secrets]
        self.store = store
        self.count = count
        self.events: list[Event] = []
        self.duplicates = 0
        self.forged = 0

    def handle(self, body: bytes, headers: dict[str, str]) -> HTTPStatus:
        """Check, record, and only then say that it is done: any other answer brings the event again."""
        event = self._verified(body, headers)
        if event is None:
            self.forged += 1
            return HTTPStatus.UNAUTHORIZED
        if self.store.handle_once(event):
            self.events.append(event)
            print(_line(event), flush=True)
        else:
            self.duplicates += 1
        if self.count is not None and len(self.events) >= self.count:
            threading.Thread(target=self.shutdown).start()
        return HTTPStatus.NO_CONTENT

    def _verified(self, body: bytes, headers: dict[str, str]) -> Event | None:
        """The event, if one of the secrets signed exactly these bytes less than five minutes ago."""
        for webhook in self.webhooks:
            try:
                event: Event = webhook.verify(body, headers)
            except (WebhookVerificationError, ValueError):
                continue
            return event
        return None


class Call(BaseHTTPRequestHandler):
    """One call of the webhook."""

    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        if length > LIMIT_BYTES:
            self.close_connection = True
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = self.rfile.read(length)
        self._answer(self.server.handle(body, {name.lower(): value for name, value in self.headers.items()}))

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the interface of http.server
        """Nothing: events are printed, calls are not."""


def _line(event: Event) -> str:
    """Type, subject and amount. Amounts are whole cents; they become dollars only where a person reads them."""
    data = event["data"]
    cents = data.get("amount_cents", data.get("benefit_cents"))
    amount = "" if cents is None else f"{cents // 100}.{cents % 100:02d} CAD"
    return f"{event['type']:<32} {event.get('subject', ''):<40} {amount:>16}"


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Prints what Acquit tells by webhook.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--store", default=":memory:", help="SQLite file that remembers events (default: memory only)")
    parser.add_argument("--count", type=int, help="stop after so many events")
    parser.add_argument("--timeout", type=float, help="stop after so many seconds")
    parser.add_argument("--json", type=Path, help="write what was received to this file in the end")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Exit status 1 when fewer events than ``--count`` came within ``--timeout``."""
    arguments, secrets = _arguments(argv), os.environ.get("WEBHOOK_SECRET", "").split()
    if not secrets:
        print("WEBHOOK_SECRET is needed", file=sys.stderr)
        return 2
    receiver = Receiver((arguments.host, arguments.port), secrets, Store(arguments.store), count=arguments.count)
    if arguments.timeout is not None:
        stop = threading.Timer(arguments.timeout, receiver.shutdown)
        stop.daemon = True
        stop.start()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: threading.Thread(target=receiver.shutdown).start())
    receiver.serve_forever(poll_interval=0.1)
    receiver.server_close()
    if arguments.json is not None:
        counts = {"duplicates": receiver.duplicates, "forged": receiver.forged}
        report = json.dumps({"events": receiver.events, **counts}, ensure_ascii=False, indent=2)
        arguments.json.write_text(report, encoding="utf-8")
    return 0 if arguments.count is None or len(receiver.events) >= arguments.count else 1


if __name__ == "__main__":
    sys.exit(main())
