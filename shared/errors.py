"""Errors with a stable code, in four families that decide what a transport does with them.

A service raises small subclasses with typed arguments; the family says, once, what follows:

* ``Rejected``: the business says no. Reply with the error, never retry.
* ``NotFound`` / ``Conflict``: the same, with their own meaning for the caller.
* ``Transient``: something needed is not there *yet* (a projection that lags, a database that restarts). Retry later.

Everything else is a defect: retried a limited number of times, then dead-lettered. The code is the key of the bilingual
message at the edge; ``params`` are the values that the message mentions, never personal data or secrets.
"""

from collections.abc import Mapping


class AppError(Exception):
    """Base of every error that may cross the bus as ``{"code": …, "params": {…}}``."""

    family = "defect"

    def __init__(self, code: str, /, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code}({details})" if details else self.code


class Rejected(AppError):  # noqa: N818 - the families read as outcomes
    """The request is understood and refused."""

    family = "rejected"


class NotFound(AppError):  # noqa: N818
    """The thing asked for does not exist, or is not the caller's to see."""

    family = "not_found"


class Conflict(AppError):  # noqa: N818
    """The request contradicts the present state."""

    family = "conflict"


class Forbidden(AppError):  # noqa: N818
    """The caller is known and may not do this."""

    family = "forbidden"


class Throttled(AppError):  # noqa: N818
    """Too early or too often; ``retry_after_seconds`` in ``params`` says when to come back."""

    family = "throttled"


class Transient(AppError):  # noqa: N818
    """Not possible now, possible later without anybody changing anything."""

    family = "transient"


FAMILIES: Mapping[str, type[AppError]] = {
    cls.family: cls for cls in (Rejected, NotFound, Conflict, Forbidden, Throttled, Transient)
}
