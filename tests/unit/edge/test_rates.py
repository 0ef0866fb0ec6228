"""Limits by address (LOG-11)."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from services.edge.auth.figures import Limit, RateFigures
from services.edge.auth.rates import ALARMS, RateLimits, counted_as
from shared.contracts import View
from shared.contracts.identity import VerifyCredentials
from shared.contracts.identity.delegation import SigningStarted, StartSigning
from shared.errors import Rejected, Transient
from tests.support.edge_api import PASSWORD, Edge, MovableClock, account_view, running_edge
from tests.support.edge_memory import MemoryWindows

CREDENTIALS = {"email": "delphine@example.org", "password": PASSWORD}


async def fail(edge: Edge, name: str, address: str) -> int:
    headers = {"x-forwarded-for": address}
    return (
        await edge.client.post("/sign-in", json={"user_name": name, "password": "wrong"}, headers=headers)
    ).status_code


def refuses_everybody(edge: Edge) -> None:
    def refuse(message: VerifyCredentials) -> View:
        raise Rejected("identity.invalid_credentials", subject=f"of-{message.user_name}")

    edge.rpc.replies[VerifyCredentials] = refuse


@pytest.mark.req("LOG-11")
async def test_an_address_that_failed_fifty_times_waits_whatever_the_account() -> None:
    async with running_edge(trusted_proxies=["127.0.0.1/32"]) as edge:
        refuses_everybody(edge)
        for number in range(50):
            assert await fail(edge, f"name-{number}", "203.0.113.9") == 401
        asked = len(edge.rpc.asked)

        answer = await edge.client.post(
            "/sign-in", json={"user_name": "x", "password": PASSWORD}, headers={"x-forwarded-for": "203.0.113.9"}
        )

        assert (answer.status_code, answer.json()["code"]) == (429, "sign_in.too_many_failures")
        assert answer.headers["retry-after"] == "300"
        assert len(edge.rpc.asked) == asked  # no password was hashed for it
        assert await fail(edge, "y", "203.0.113.10") == 401
        edge.clock.advance(minutes=5)
        assert await fail(edge, "x", "203.0.113.9") == 401


@pytest.mark.req("LOG-11")
async def test_ten_failures_with_one_account_are_enough_for_an_address_and_look_like_a_wrong_password() -> None:
    figures = {"lock_after_failures": 1_000, "trusted_proxies": ["127.0.0.1/32"]}
    async with running_edge(**figures) as edge:
        account = account_view()
        edge.rpc.replies[VerifyCredentials] = Rejected(
            "identity.invalid_credentials", subject=f"subject-of-{account.account_id}"
        )
        for _ in range(10):
            assert await fail(edge, "alice", "203.0.113.9") == 401
        edge.knows(account)

        assert await fail(edge, "alice", "203.0.113.9") == 401  # the right password this time
        assert await fail(edge, "alice", "203.0.113.10") == 200


@pytest.mark.req("LOG-11")
async def test_the_eleventh_registration_of_an_hour_is_refused_to_an_address_alone() -> None:
    async with running_edge(trusted_proxies=["127.0.0.1/32"]) as edge:
        edge.registers(account_view())
        here, there = {"x-forwarded-for": "203.0.113.9"}, {"x-forwarded-for": "203.0.113.10"}
        begun = (await edge.client.post("/enrolments", json={"path": "member_email", "language": "fr"})).json()
        step = f"/enrolments/{begun['enrolment_id']}/steps/credentials_email"
        for number in range(10):
            body = CREDENTIALS | {"email": f"person{number}@example.org"}
            assert (await edge.client.put(step, json=body, headers=here)).status_code == 200

        refused = await edge.client.put(step, json=CREDENTIALS, headers=here)

        assert (refused.status_code, refused.json()["code"]) == (429, "registration.too_many")
        assert refused.headers["retry-after"] == "3600"
        assert (await edge.client.put(step, json=CREDENTIALS, headers=there)).status_code == 200


@pytest.mark.req("LOG-11", "DEL-4")
@pytest.mark.parametrize(
    ("path", "allowed", "begun", "code"),
    [
        ("/enrolments", 60, 201, "registration.too_many"),
        ("/delegations/signatures", 20, 202, "delegation.too_many_signings"),
    ],
)
async def test_what_anybody_may_begin_is_counted_by_address(path: str, allowed: int, begun: int, code: str) -> None:
    enrolment, signature = {"path": "member_email", "language": "fr"}, {"reference": "K7M2-9QXA"}
    body = enrolment if path == "/enrolments" else signature
    async with running_edge(trusted_proxies=["127.0.0.1/32"]) as edge:
        edge.registers(account_view())
        edge.rpc.replies[StartSigning] = lambda message: SigningStarted(signing_id=message.signing_id)
        here, there = {"x-forwarded-for": "203.0.113.9"}, {"x-forwarded-for": "203.0.113.10"}
        for _ in range(allowed):
            assert (await edge.client.post(path, json=body, headers=here)).status_code == begun
        asked = len(edge.rpc.asked)

        refused = await edge.client.post(path, json=body, headers=here)

        assert (refused.status_code, refused.json()["code"]) == (429, code)
        assert refused.headers["retry-after"] == "3600"
        assert len(edge.rpc.asked) == asked
        assert (await edge.client.post(path, json=body, headers=there)).status_code == begun
        edge.clock.advance(hours=1)
        assert (await edge.client.post(path, json=body, headers=here)).status_code == begun


@pytest.mark.req("LOG-11")
async def test_without_the_database_nobody_signs_in_and_claims_are_taken(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> object:
        raise Transient("database.unavailable")

    monkeypatch.setattr(edge.windows, "get_moving_window", away)
    edge.knows(account_view())

    refused = await edge.client.post("/sign-in", json={"user_name": "alice", "password": PASSWORD})
    claim = {
        "claim_type": "physiotherapy",
        "person_id": "p",
        "provider": {"name": "Clinique", "phone": "418 555-0110"},
        "lines": [{"service_date": "2026-11-01", "amount_cents": 100, "answers": {}}],
        "authorisation": {"accepted": True, "text_version": "2026-01"},
    }
    taken = await edge.client.post("/claims", json=claim, headers={**edge.bearer(), "idempotency-key": "one"})

    assert (refused.status_code, taken.status_code) == (503, 202)


@pytest.mark.req("LOG-11")
async def test_too_many_failures_altogether_are_an_alarm_told_once_and_refuse_nobody() -> None:
    clock = MovableClock()
    figures = RateFigures(failures_altogether=Limit(5, timedelta(minutes=5)))
    rates, before = RateLimits(MemoryWindows(clock), figures=figures, clock=clock), ALARMS._value.get()

    with capture_logs() as logs:
        for number in range(8):
            await rates.failed(f"192.0.2.{number}", None)

    assert ALARMS._value.get() - before == 3
    assert [entry["event"] for entry in logs if entry["event"] == "sign_in_alarm"] == ["sign_in_alarm"]
    await rates.admit("192.0.2.99")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_ipv6_network_counts_as_one(address: str, counted: str) -> None:
    assert counted_as(address) == counted
