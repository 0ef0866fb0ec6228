"""Which events a subscriber asks for: names or patterns over the public ones, nothing else."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from shared.contracts import Event


class UnknownEventError(ValueError):
    """A filter names nothing that systems outside Acquit may read."""

    def __init__(self, pattern: str, public: Sequence[type[Event]]) -> None:
        names = ", ".join(sorted(event.wire_type for event in public))
        super().__init__(f"no public event is called {pattern!r}; there are: {names}")


def chosen(patterns: Sequence[str], public: Sequence[type[Event]]) -> tuple[type[Event], ...]:
    """The public events that these patterns name (``payments.*``), all of them without a pattern.

    They become one binding each with the whole name: a wildcard in RabbitMQ would let internal events through, and
    types of a later version to a reader who does not know them.

    Raises:
        UnknownEventError: A pattern names none.
    """
    if not patterns:
        return tuple(public)
    found: dict[type[Event], None] = {}
    for pattern in patterns:
        named = [event for event in public if fnmatchcase(event.wire_type, pattern)]
        if not named:
            raise UnknownEventError(pattern, public)
        found |= dict.fromkeys(named)
    return tuple(found)
