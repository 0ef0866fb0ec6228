"""Free loopback ports.

They are taken below the kernel's ephemeral range (32768 and up on Linux), so that no outgoing connection can
occupy a port while the server that owns it is being restarted.
"""

import errno
import secrets
import socket
import threading

LOOPBACK = "127.0.0.1"
_CANDIDATES = range(15_000, 32_000)
_ATTEMPTS = 200

_handed_out: set[int] = set()
_lock = threading.Lock()


class NoFreePortError(RuntimeError):
    """Every port that was tried is in use."""


def free_port() -> int:
    """A port that nothing listens on; never the same one twice in this process."""
    with _lock:
        for _ in range(_ATTEMPTS):
            port = secrets.choice(_CANDIDATES)
            if port not in _handed_out and is_free(port):
                _handed_out.add(port)
                return port
    raise NoFreePortError(f"no free port found between {_CANDIDATES.start} and {_CANDIDATES.stop - 1}")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a connection in TIME_WAIT does not occupy the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def accepts_connections(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True
