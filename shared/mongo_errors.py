"""What goes wrong at MongoDB, in three words: a duplicate, unavailable, or a defect (any other error of the driver)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    WaitQueueTimeoutError,
)

from shared.errors import Transient

DUPLICATE_KEY: Final = 11000
_UNAVAILABLE = (AutoReconnect, NetworkTimeout, NotPrimaryError, WaitQueueTimeoutError, ExecutionTimeout)
_INTERRUPTED_CODES = frozenset({91, 189, 11600, 11602, 10107, 13435, 13436})
"""Server codes for shutting down or losing the primary (MongoDB error code table)."""

_UNDECIDED_LABELS = ("TransientTransactionError", "UnknownTransactionCommitResult")
"""Labels of errors that say nothing about the request: it may be made again."""


class DuplicateKey(Exception):  # noqa: N818
    """A unique index refused a write. ``index`` names it where the server tells."""

    def __init__(self, index: str | None = None) -> None:
        super().__init__(index or "unknown index")
        self.index = index


class Unavailable(Transient):
    """The database does not answer; nothing was decided about the request."""

    def __init__(self) -> None:
        super().__init__("database.unavailable")


def _duplicate(details: Mapping[str, Any] | None) -> DuplicateKey:
    pattern = (details or {}).get("keyPattern") or {}
    return DuplicateKey(",".join(pattern) or None)


def is_id_taken(failure: Mapping[str, Any]) -> bool:
    """Whether a write failed because a document with its id is there already."""
    return failure.get("code") == DUPLICATE_KEY and list(failure.get("keyPattern") or ()) == ["_id"]


@contextmanager
def translated() -> Iterator[None]:
    """Driver errors leave this block as ``DuplicateKey`` or ``Unavailable``, or unchanged."""
    try:
        yield
    except DuplicateKeyError as error:
        raise _duplicate(error.details) from error
    except BulkWriteError as error:
        for failure in error.details.get("writeErrors", ()):
            if failure.get("code") == DUPLICATE_KEY:
                raise _duplicate(failure) from error
        raise
    except _UNAVAILABLE as error:
        raise Unavailable from error
    except PyMongoError as error:
        interrupted = isinstance(error, OperationFailure) and error.code in _INTERRUPTED_CODES
        if interrupted or any(error.has_error_label(label) for label in _UNDECIDED_LABELS):
            raise Unavailable from error
        raise
