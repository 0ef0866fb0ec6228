"""The process supervisor, with real processes that live for a moment."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.local.processes import Command, EventKind, ProcessError, ProcessEvent, RestartPolicy
from deploy.local.supervisor import Supervisor
from deploy.local.waiting import wait_until

PROJECT = Path(__file__).parents[3]
AT_ONCE = RestartPolicy(first_delay_s=0.01, longest_delay_s=0.05)
ENDLESS = "trap 'exit 7' TERM; echo started; while :; do sleep 0.05; done"

LAUNCHER = """
import signal, sys, time
from pathlib import Path
from deploy.local.processes import Command
from deploy.local.supervisor import Supervisor, termination_as_interrupt

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have been told to ignore it (nohup)
with termination_as_interrupt(), Supervisor(Path(sys.argv[1])) as supervisor:
    print(supervisor.start("child", Command(argv=["sleep", "600"])).pid, flush=True)
    time.sleep(600)
"""


def shell(script: str, *, restart: RestartPolicy | None = None, grace_s: float = 10.0) -> Command:
    return Command(argv=["/bin/sh", "-c", script], restart=restart, grace_s=grace_s)


def is_alive(pid: int) -> bool:
    """A zombie is as dead as a process that is gone."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for_log(supervisor: Supervisor, name: str, text: str) -> str:
    log = supervisor[name].log_path
    wait_until(lambda: text in log.read_text(), f"{name} has written {text!r}", timeout_s=10)
    return log.read_text()


@pytest.fixture
def events() -> list[ProcessEvent]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, events: list[ProcessEvent]):
    with Supervisor(tmp_path, on_event=events.append) as supervisor:
        yield supervisor


def test_a_process_that_dies_is_restarted_and_counted(supervisor: Supervisor, events: list[ProcessEvent]):
    first = supervisor.start("service", shell(ENDLESS, restart=AT_ONCE))
    first_pid = first.pid

    supervisor.kill("service")
    second_pid = supervisor.wait_restarted("service", timeout_s=10)

    assert second_pid != first_pid
    assert supervisor["service"].restarts == 1
    wait_until(lambda: len(events) == 3, "the restart has been told", timeout_s=10)
    assert [(event.kind, event.exit_status) for event in events] == [
        (EventKind.STARTED, None),
        (EventKind.DIED, -signal.SIGKILL),
        (EventKind.RESTARTED, None),
    ]


def test_a_process_without_restart_policy_stays_dead(supervisor: Supervisor):
    process = supervisor.start("service", shell("exit 3"))

    assert process.wait_ended(timeout_s=10) == 3
    assert process.has_ended
    assert process.restarts == 0
    with pytest.raises(ProcessError, match="not running"):
        process.pause()


def test_the_delay_between_restarts_doubles_up_to_a_limit():
    policy = RestartPolicy(first_delay_s=0.5, longest_delay_s=3)

    assert [policy.delay_s(deaths) for deaths in (1, 2, 3, 4, 5000)] == [0.5, 1, 2, 3, 3]


def test_a_process_that_keeps_dying_is_started_again_and_again_until_stopped(supervisor: Supervisor):
    process = supervisor.start("service", shell("exit 1", restart=AT_ONCE))
    wait_until(lambda: process.restarts >= 3, "it has been restarted three times", timeout_s=10)

    process.stop()

    assert process.has_ended
    assert process.pid is None


def test_stopping_asks_first(supervisor: Supervisor, events: list[ProcessEvent]):
    process = supervisor.start("service", shell(ENDLESS, restart=AT_ONCE))
    wait_for_log(supervisor, "service", "started")

    process.stop()

    assert process.exit_status == 7
    assert events[-1].kind is EventKind.STOPPED


def test_a_process_that_ignores_the_request_to_stop_is_killed(supervisor: Supervisor):
    process = supervisor.start("stubborn", shell(f"trap '' TERM; {ENDLESS.partition(';')[2]}", grace_s=0.1))
    wait_for_log(supervisor, "stubborn", "started")

    process.stop()

    assert process.exit_status == -signal.SIGKILL


def test_stopping_leaves_nothing_that_the_process_started(supervisor: Supervisor):
    process = supervisor.start("parent", shell("sleep 600 & echo $!; wait"))
    wait_for_log(supervisor, "parent", "\n")
    grandchild = int(process.log_path.read_text())
    assert is_alive(grandchild)

    supervisor.stop()

    wait_until(lambda: not is_alive(grandchild), "the grandchild is gone", timeout_s=10)


def test_what_others_depend_on_is_stopped_after_them(supervisor: Supervisor, events: list[ProcessEvent]):
    supervisor.start("foundation", Command(argv=["sleep", "600"], outlives_others=True))
    supervisor.start("service", shell("trap 'sleep 0.1; exit' TERM; echo started; while :; do sleep 0.05; done"))
    wait_for_log(supervisor, "service", "started")

    supervisor.stop()

    assert [event.name for event in events if event.kind is EventKind.STOPPED] == ["service", "foundation"]


def test_a_paused_process_runs_on_after_resume(supervisor: Supervisor):
    process = supervisor.start("service", shell(ENDLESS))
    pid = process.pid

    supervisor.pause("service")
    wait_until(lambda: _state(pid) == "T", "it is paused", timeout_s=10)
    supervisor.resume("service")
    wait_until(lambda: _state(pid) != "T", "it runs on", timeout_s=10)

    assert process.pid == pid


def test_a_paused_process_can_be_stopped(supervisor: Supervisor):
    process = supervisor.start("service", shell(ENDLESS))
    wait_for_log(supervisor, "service", "started")
    process.pause()

    process.stop()

    assert process.exit_status == 7


def test_an_operators_restart_is_not_counted_as_a_death(supervisor: Supervisor):
    before = supervisor.start("service", shell(ENDLESS, restart=AT_ONCE)).pid

    after = supervisor.restart("service")

    assert after.pid not in {None, before}
    assert after.restarts == 0


def test_output_and_errors_go_to_one_log_file_that_restarts_continue(supervisor: Supervisor, tmp_path: Path):
    supervisor.start("service", shell(f"echo out; echo err >&2; {ENDLESS}", restart=AT_ONCE))
    wait_for_log(supervisor, "service", "started")
    supervisor.kill("service")
    supervisor.wait_restarted("service", timeout_s=10)

    wait_for_log(supervisor, "service", "out\nerr\nstarted\nout\nerr\nstarted\n")

    assert supervisor["service"].log_path == tmp_path / "logs" / "service.log"


def test_the_log_of_an_earlier_run_is_kept_beside_the_new_one(tmp_path: Path):
    for run in ("first", "second"):
        with Supervisor(tmp_path) as supervisor:
            supervisor.start("service", shell(f"echo {run}")).wait_ended(timeout_s=10)

    assert (tmp_path / "logs" / "service.log").read_text() == "second\n"
    assert (tmp_path / "logs" / "service.previous.log").read_text() == "first\n"


def test_environment_and_directory_of_the_child_are_as_given(supervisor: Supervisor, tmp_path: Path):
    command = Command(argv=["/bin/sh", "-c", 'echo "$GREETING from $(pwd)"'], env={"GREETING": "hello"}, cwd=tmp_path)

    process = supervisor.start("service", command)
    process.wait_ended(timeout_s=10)

    assert process.log_path.read_text() == f"hello from {tmp_path}\n"


def test_a_missing_program_is_refused_before_anything_is_started():
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        Command(argv=["no-such-program"])


def test_a_directory_that_does_not_exist_is_reported_to_the_caller(supervisor: Supervisor, tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        supervisor.start("service", Command(argv=["/bin/true"], cwd=tmp_path / "missing"))


def test_a_name_can_be_used_once_at_a_time(supervisor: Supervisor):
    supervisor.start("service", shell(ENDLESS))

    with pytest.raises(ProcessError, match="already started"):
        supervisor.start("service", shell(ENDLESS))


def test_a_stopped_supervisor_starts_nothing_more(supervisor: Supervisor):
    supervisor.stop()

    with pytest.raises(ProcessError, match="stopped"):
        supervisor.start("late", shell(ENDLESS))


def test_a_child_outlives_the_thread_that_asked_for_it(supervisor: Supervisor):
    asking = threading.Thread(target=supervisor.start, args=("service", shell(ENDLESS)))
    asking.start()
    asking.join()

    wait_for_log(supervisor, "service", "started")

    assert supervisor["service"].is_running


@contextmanager
def launched(root: Path, *prefix: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A program that supervises a child, and the child's process id."""
    argv = [*prefix, sys.executable, "-c", LAUNCHER, str(root)]
    with subprocess.Popen(argv, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as launcher:
        assert launcher.stdout is not None
        child = int(launcher.stdout.readline())
        program = Path(f"/proc/{child}/comm")
        wait_until(lambda: program.read_text() == "sleep\n", "the child runs its program", timeout_s=10)
        yield launcher, child


@pytest.mark.wide
@pytest.mark.parametrize("fatal", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_no_child_survives_its_launcher(tmp_path: Path, fatal: signal.Signals):
    with launched(tmp_path) as (launcher, child):
        assert is_alive(child)

        launcher.send_signal(fatal)
        launcher.wait(timeout=10)

    wait_until(lambda: not is_alive(child), "the child is gone", timeout_s=10)


def test_a_background_job_that_a_shell_shields_from_interrupts_can_be_terminated(tmp_path: Path):
    with launched(tmp_path, "/bin/sh", "-c", """trap '' INT; exec "$@" """, "sh") as (launcher, child):
        launcher.terminate()
        launcher.wait(timeout=10)

    wait_until(lambda: not is_alive(child), "the child is gone", timeout_s=10)


def test_waiting_gives_up_at_once_when_the_process_has_ended_and_quotes_its_log(supervisor: Supervisor):
    process = supervisor.start("service", shell("echo cannot open the database; exit 1"))

    with pytest.raises(ProcessError, match="cannot open the database"):
        wait_until(lambda: False, "the service is ready", timeout_s=60, process=process)


def _state(pid: int | None) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
