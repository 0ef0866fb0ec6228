"""Replace this process by a command that dies with its parent: `python tied.py PARENT_PID COMMAND ARGUMENT...`.

The kernel's parent-death signal survives `exec`, so the command itself needs to know nothing. It is SIGKILL,
because a parent killed with SIGKILL cannot follow up on a child that ignores SIGTERM or is stopped. A program
of its own and not a `preexec_fn`: running Python between fork and exec can deadlock in a program with threads.

Must stay importable by `python -I -S`: standard library only, nothing of this project.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_USAGE = 64
_NOT_STARTED = 127


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:  # noqa: PLR2004
        sys.stderr.write("usage: tied.py PARENT_PID COMMAND [ARGUMENT...]\n")
        return _USAGE
    parent_pid, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        return _NOT_STARTED  # the parent died before the signal was armed
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return _NOT_STARTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
