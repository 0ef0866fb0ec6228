"""Waiting for a condition with a deadline, instead of sleeping."""

import time
from collections.abc import Callable

from deploy.local.processes import ManagedProcess, ProcessError

_LOG_LINES = 15


def wait_until(
    condition: Callable[[], bool],
    description: str,
    *,
    timeout_s: float,
    process: ManagedProcess | None = None,
    interval_s: float = 0.02,
) -> None:
    """Poll until `condition` holds.

    The description is a clause: "RabbitMQ accepts connections". With a process it gives up at once when that has
    ended, and quotes the end of its log.

    Raises:
        ProcessError: `process` has ended.
        TimeoutError: It took longer than `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        if process is not None and process.has_ended:
            raise ProcessError(f"{process.name} ended before {description}{_log_end(process)}")
        if time.monotonic() > deadline:
            log = "" if process is None else _log_end(process)
            raise TimeoutError(f"gave up after {timeout_s:g} s waiting until {description}{log}")
        time.sleep(interval_s)


def _log_end(process: ManagedProcess) -> str:
    if not process.log_path.exists():
        return ""
    lines = process.log_path.read_text(errors="replace").splitlines()[-_LOG_LINES:]
    return "".join(f"\n  | {line}" for line in lines) + f"\n  (all of it: {process.log_path})"
