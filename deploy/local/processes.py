"""One supervised child process.

A thread per process starts the child, waits for its end and, if asked to, starts it again. The same thread does
all of that on purpose: the kernel ties a parent-death signal to the *thread* that forked, so a child started
from a short-lived worker thread would be killed as soon as that worker ends.
"""

import enum
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

_TIED = Path(__file__).with_name("tied.py")


class ProcessError(RuntimeError):
    """A child process is not in the state that the caller needs."""


class EventKind(enum.Enum):
    STARTED = "started"
    DIED = "died"
    RESTARTED = "restarted"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessEvent:
    """A change in the life of a child.

    Attributes:
        exit_status: As `subprocess` has it: the exit code, or minus the signal number; None while it runs.
        restarts: How many times the child has been replaced after an unexpected end.
    """

    name: str
    kind: EventKind
    pid: int
    exit_status: int | None
    restarts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """How soon a child that died is replaced: the delay doubles with each death and starts over after a calm period."""

    first_delay_s: float = 0.2
    longest_delay_s: float = 5.0
    calm_after_s: float = 20.0

    def delay_s(self, deaths_in_a_row: int) -> float:
        return float(min(self.first_delay_s * 2 ** min(deaths_in_a_row - 1, 16), self.longest_delay_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run.

    Attributes:
        env: The whole environment of the child; None inherits this process's.
        restart: None leaves a dead child dead.
        grace_s: Time between SIGTERM and SIGKILL when it is stopped.
        outlives_others: Stopped only after the others have ended, because they depend on it.
    """

    argv: Sequence[str]
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    restart: RestartPolicy | None = None
    grace_s: float = 10.0
    outlives_others: bool = False

    def __post_init__(self) -> None:
        path = None if self.env is None else self.env.get("PATH")
        if shutil.which(self.argv[0], path=path) is None:
            raise FileNotFoundError(f"no program {self.argv[0]!r} that could be run")


@dataclass(slots=True)
class _State:
    """Guarded by the process's lock; `child` is set from the fork until its end has been collected."""

    child: subprocess.Popen[bytes] | None = None
    stopping: bool = False
    forked: bool = False
    finished: bool = True
    exit_status: int | None = None
    restarts: int = 0
    restarts_when_killed: int = 0
    start_error: OSError | None = None
    lock: threading.Condition = field(default_factory=threading.Condition)


class ManagedProcess:
    """A child process with its own process group and log file.

    Thread-safe and synchronous; `on_event` is called from the process's own thread and must not raise.
    """

    def __init__(
        self, name: str, command: Command, *, log_path: Path, on_event: Callable[[ProcessEvent], None]
    ) -> None:
        self.name = name
        self.command = command
        self.log_path = log_path
        self._on_event = on_event
        self._state = _State()

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        child = self._state.child
        return None if child is None else child.pid

    @property
    def is_running(self) -> bool:
        return self._state.child is not None

    @property
    def has_ended(self) -> bool:
        """No child, and none will be started until `start` is called."""
        return self._state.finished

    @property
    def restarts(self) -> int:
        return self._state.restarts

    @property
    def exit_status(self) -> int | None:
        """How the last child that ended did so: its exit code, or minus the signal number."""
        return self._state.exit_status

    def start(self) -> None:
        """Start the child; returns once it has been forked. Its output is appended to the log file."""
        with self._state.lock:
            if not self._state.finished:
                raise ProcessError(f"{self.name} is already started")
            self._state.finished = self._state.stopping = self._state.forked = False
            self._state.start_error = None
            threading.Thread(target=self._supervise, name=f"supervise-{self.name}", daemon=True).start()
            self._state.lock.wait_for(lambda: self._state.forked or self._state.finished)
            if self._state.start_error is not None:
                raise self._state.start_error

    def send_signal(self, signal_number: int) -> None:
        """Send a signal to the child alone."""
        self._send(signal_number, send=os.kill)

    def kill(self, signal_number: int = signal.SIGKILL) -> None:
        """End the child as a fault would: it counts as unexpected and the restart policy applies."""
        with self._state.lock:
            self._state.restarts_when_killed = self._state.restarts
            self._send(signal_number, send=os.killpg)

    def pause(self) -> None:
        """Freeze the child and what it started, as an overloaded or suspended machine would."""
        self._send(signal.SIGSTOP, send=os.killpg)

    def resume(self) -> None:
        self._send(signal.SIGCONT, send=os.killpg)

    def wait_restarted(self, *, timeout_s: float = 30.0) -> int:
        """Wait until a child runs that was started after the last `kill`; its process id.

        Raises:
            TimeoutError: It has not been replaced in time.
        """
        state = self._state
        with state.lock:
            if not state.lock.wait_for(self._has_been_replaced, timeout_s) or state.child is None:
                raise TimeoutError(f"{self.name} has not been restarted within {timeout_s} s")
            return state.child.pid

    def wait_ended(self, *, timeout_s: float) -> int:
        """Wait until the child is gone for good; its exit status."""
        with self._state.lock:
            ended = self._state.lock.wait_for(lambda: self._state.finished, timeout_s)
            if not ended or self._state.exit_status is None:
                raise TimeoutError(f"{self.name} has not ended within {timeout_s} s")
            return self._state.exit_status

    def stop(self) -> None:
        """SIGTERM, then SIGKILL after the grace. Nothing that the child left in its group survives."""
        self.request_stop()
        self.finish_stop()

    def request_stop(self) -> None:
        """The first half of `stop`, so that several processes can end at the same time."""
        with self._state.lock:
            self._state.stopping = True
            self._state.lock.notify_all()
            if self._state.child is not None:
                os.kill(self._state.child.pid, signal.SIGTERM)
                os.killpg(self._state.child.pid, signal.SIGCONT)  # a paused process cannot handle SIGTERM

    def finish_stop(self) -> None:
        state = self._state
        with state.lock:
            if state.lock.wait_for(lambda: state.finished, self.command.grace_s):
                return
            if state.child is not None:
                os.killpg(state.child.pid, signal.SIGKILL)
            state.lock.wait_for(lambda: state.finished)

    def _has_been_replaced(self) -> bool:
        return self._state.child is not None and self._state.restarts > self._state.restarts_when_killed

    def _send(self, signal_number: int, *, send: Callable[[int, int], None]) -> None:
        with self._state.lock:
            if self._state.child is None:
                raise ProcessError(f"{self.name} is not running")
            send(self._state.child.pid, signal_number)

    def _supervise(self) -> None:
        deaths_in_a_row = 0
        kind = EventKind.STARTED
        try:
            while self._fork(kind):
                started_at = time.monotonic()
                self._collect()
                policy = self.command.restart
                if self._state.stopping or policy is None:
                    return
                calm = time.monotonic() - started_at >= policy.calm_after_s
                deaths_in_a_row = 1 if calm else deaths_in_a_row + 1
                with self._state.lock:
                    self._state.lock.wait_for(lambda: self._state.stopping, policy.delay_s(deaths_in_a_row))
                kind = EventKind.RESTARTED
        finally:
            with self._state.lock:
                self._state.finished = True
                self._state.lock.notify_all()

    def _fork(self, kind: EventKind) -> bool:
        """Start a child unless a stop was requested in the meantime; whether there is one now."""
        argv = [sys.executable, "-I", "-S", str(_TIED), str(os.getpid()), *self.command.argv]
        with self._state.lock:
            if self._state.stopping:
                return False
            try:
                with self.log_path.open("ab") as log:
                    child = subprocess.Popen(
                        argv,
                        env=self.command.env,
                        cwd=self.command.cwd,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=subprocess.STDOUT,
                        process_group=0,  # not a session of its own: priorities only count within one (autogroups)
                    )
            except OSError as error:
                self._state.start_error = error
                return False
            self._state.child, self._state.forked = child, True
            self._state.restarts += kind is EventKind.RESTARTED
            self._state.lock.notify_all()
        self._emit(kind, child.pid)
        return True

    def _collect(self) -> None:
        """Wait for the child's end. Until it is reaped its id cannot be reused, so signals stay safe."""
        child = self._state.child
        if child is None:
            return
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        with self._state.lock:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # what the child started and left behind
            self._state.exit_status = child.wait()
            self._state.child = None
            stopping = self._state.stopping
            self._state.lock.notify_all()
        self._emit(EventKind.STOPPED if stopping else EventKind.DIED, child.pid)

    def _emit(self, kind: EventKind, pid: int) -> None:
        ended = kind in {EventKind.STOPPED, EventKind.DIED}
        self._on_event(
            ProcessEvent(
                name=self.name,
                kind=kind,
                pid=pid,
                exit_status=self._state.exit_status if ended else None,
                restarts=self._state.restarts,
            )
        )
