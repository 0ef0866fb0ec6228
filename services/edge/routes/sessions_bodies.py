"""Bodies of the routes about sessions, devices and suspicion."""

from typing import Literal

from pydantic import Field, SecretStr

from services.edge.auth.records import DeviceRecord, SessionRecord
from services.edge.bodies import Answer, Body
from shared.contracts import Identifier, Instant

NETWORK = "Where from, as a network: a hint at the place, not an address."


class SessionAnswer(Answer):
    """A session of one's own account."""

    session_id: Identifier
    created_at: Instant
    last_used_at: Instant
    expires_at: Instant
    browser: str = Field(examples=["Firefox, Windows"])
    network: str = Field(description=NETWORK, examples=["203.0.113.0/24"])
    device_id: Identifier | None
    current: bool


class SessionsAnswer(Answer):
    """Live sessions, the most recently used first."""

    sessions: tuple[SessionAnswer, ...]


class SessionsEnded(Answer):
    """How many sessions were ended."""

    ended: int


class DeviceAnswer(Answer):
    """A browser in which one signed in."""

    device_id: Identifier
    browser: str = Field(examples=["Safari, iPhone"])
    network: str = Field(description=NETWORK, examples=["203.0.113.0/24"])
    first_seen: Instant
    last_seen: Instant
    current: bool


class DevicesAnswer(Answer):
    """Known browsers, the most recently seen first."""

    devices: tuple[DeviceAnswer, ...]


class WasItYouRequest(Body):
    """What the owner of an account says of its use."""

    answer: Literal["yes", "no"]


class WasItYouByMailRequest(WasItYouRequest):
    """The same with the key from the mail, without signing in."""

    key: SecretStr = Field(min_length=16, max_length=32, description="Sixteen signs; dashes and spaces are ignored.")


def session_answer(record: SessionRecord, *, current: str) -> SessionAnswer:
    """A session as its owner sees it."""
    return SessionAnswer(
        session_id=record.session_id,
        created_at=record.created_at,
        last_used_at=record.last_used_at,
        expires_at=record.expires_at,
        browser=record.browser,
        network=record.network,
        device_id=record.device_id,
        current=record.session_id == current,
    )


def device_answer(record: DeviceRecord, *, current: str | None) -> DeviceAnswer:
    """A device as its owner sees it."""
    return DeviceAnswer(
        device_id=record.device_id,
        browser=record.browser,
        network=record.network,
        first_seen=record.first_seen,
        last_seen=record.last_seen,
        current=record.device_id == current,
    )
