"""The common passwords that zxcvbn carries: 30 000, most frequent first, no network needed."""

from zxcvbn.frequency_lists import FREQUENCY_LISTS


def common_passwords() -> frozenset[str]:
    """Lower-case common passwords (REG-4)."""
    return frozenset(FREQUENCY_LISTS["passwords"])
