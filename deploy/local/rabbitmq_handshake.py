"""Whether an AMQP server answers, without a client library."""

import socket

from deploy.local.ports import LOOPBACK

_PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
_METHOD_FRAME_ON_CHANNEL_0 = b"\x01\x00\x00"


def speaks_amqp(port: int) -> bool:
    """True when the server answers the AMQP 0-9-1 protocol header with its first frame, connection.start."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            connection.sendall(_PROTOCOL_HEADER)
            return connection.recv(3) == _METHOD_FRAME_ON_CHANNEL_0
    except OSError:
        return False
