"""The mail server as a process of its own."""

import os
import socket
import sys
from pathlib import Path

from deploy.local.mailbox import Mailbox
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.processes import Command, ManagedProcess, RestartPolicy
from deploy.local.supervisor import Supervisor
from deploy.local.waiting import wait_until

_PROJECT = Path(__file__).resolve().parents[2]
_READY = b"220"


class MailServer:
    """Runs `deploy.local.mail` on a free port, with its Maildir under `<root>/mail`."""

    def __init__(self, root: Path, supervisor: Supervisor) -> None:
        self.port = free_port()
        self.maildir = root.absolute() / "mail"
        self._supervisor = supervisor

    @property
    def process(self) -> ManagedProcess:
        return self._supervisor["mail"]

    def mailbox(self) -> Mailbox:
        return Mailbox(self.maildir)

    def start(self) -> None:
        argv = [sys.executable, "-m", "deploy.local.mail", "--port", str(self.port), "--maildir", str(self.maildir)]
        env = {**os.environ, "PYTHONPATH": str(_PROJECT)}
        self._supervisor.start("mail", Command(argv=argv, env=env, restart=RestartPolicy(), grace_s=3))

    def wait_ready(self, *, timeout_s: float = 20.0) -> None:
        wait_until(self._greets, "the mail server greets", timeout_s=timeout_s, process=self.process)

    def stop(self) -> None:
        if "mail" in self._supervisor.names():
            self.process.stop()

    def _greets(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as connection:
                return connection.recv(len(_READY)) == _READY
        except OSError:
            return False
