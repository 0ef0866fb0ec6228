"""A set of child processes that start, restart and stop together."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from deploy.local.processes import Command, ManagedProcess, ProcessError, ProcessEvent


def _ignore(_event: ProcessEvent) -> None:
    pass


class Supervisor:
    """Child processes by name, each with one log file under `<root>/logs`.

    Synchronous and thread-safe, so that programs with and without an event loop can use it; as a context
    manager (plain or async) it stops everything on the way out. Children do not outlive this process, even when
    it is killed with SIGKILL.
    """

    def __init__(self, root: Path, *, on_event: Callable[[ProcessEvent], None] = _ignore) -> None:
        self.logs = root.absolute() / "logs"
        self._on_event = on_event
        self._processes: dict[str, ManagedProcess] = {}
        self._closed = False
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> ManagedProcess:
        """The process of that name, running or not.

        Raises:
            KeyError: None was ever started under the name.
        """
        return self._processes[name]

    def names(self) -> tuple[str, ...]:
        return tuple(self._processes)

    def start(self, name: str, command: Command) -> ManagedProcess:
        """Start `command` under `name`; a process of that name that has ended is replaced.

        The log file of an earlier run is kept as `<name>.previous.log`.

        Raises:
            FileNotFoundError: There is no such program.
            ProcessError: A process of that name is running, or the supervisor has been stopped.
        """
        with self._lock:
            if self._closed:
                raise ProcessError(f"{name} cannot be started: everything has been stopped")
            earlier = self._processes.get(name)
            if earlier is not None and not earlier.has_ended:
                raise ProcessError(f"{name} is already started")
            process = ManagedProcess(
                name, command, log_path=self._log_path(name, is_first=earlier is None), on_event=self._on_event
            )
            process.start()
            self._processes[name] = process
            return process

    def stop(self) -> None:
        """Stop all processes, at the same time but for those that outlive others, and accept no more."""
        with self._lock:
            self._closed = True
            processes = tuple(self._processes.values())
        for outlives_others in (False, True):
            wave = [process for process in processes if process.command.outlives_others is outlives_others]
            for process in wave:
                process.request_stop()
            for process in wave:
                process.finish_stop()

    def restart(self, name: str) -> ManagedProcess:
        """Stop and start a process as an operator would; not counted in its `restarts`."""
        process = self._processes[name]
        process.stop()
        process.start()
        return process

    def kill(self, name: str, signal_number: int = signal.SIGKILL) -> None:
        """End a process as a fault would; it is restarted if its command says so."""
        self._processes[name].kill(signal_number)

    def pause(self, name: str) -> None:
        self._processes[name].pause()

    def resume(self, name: str) -> None:
        self._processes[name].resume()

    def wait_restarted(self, name: str, *, timeout_s: float = 30.0) -> int:
        """Wait until the process that was killed last has been replaced; the new process id."""
        return self._processes[name].wait_restarted(timeout_s=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.shield(asyncio.to_thread(self.stop))

    def _log_path(self, name: str, *, is_first: bool) -> Path:
        self.logs.mkdir(parents=True, exist_ok=True)
        path = self.logs / f"{name}.log"
        if is_first and path.exists():
            path.replace(self.logs / f"{name}.previous.log")
        return path


@contextmanager
def termination_as_interrupt() -> Iterator[None]:
    """Treat SIGTERM and SIGHUP like Ctrl-C, so that context managers unwind and everything is stopped.

    For the main thread, around `asyncio.run` if there is one: that cancels its main task on an interrupt. Plain
    programs get a KeyboardInterrupt. A SIGHUP that is ignored (`nohup`) stays ignored.
    """

    def interrupt(_signal_number: int, _frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    wanted = {signal.SIGTERM: interrupt, signal.SIGHUP: interrupt, signal.SIGINT: signal.default_int_handler}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        del wanted[signal.SIGHUP]
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        del wanted[signal.SIGINT]  # shells make their background jobs ignore it
    earlier = {number: signal.signal(number, handler) for number, handler in wanted.items()}
    try:
        yield
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
