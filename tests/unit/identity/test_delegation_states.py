"""Whatever happens to a request in whatever order, it keeps to its rules (DEL-4, DEL-5)."""

import contextlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.domain.delegations import (
    DelegationRequest,
    Form,
    Party,
    SignatureKind,
    State,
    normalised_reference,
    reference_of,
)
from shared.errors import AppError
from tests.support import delegation_builders as build
from tests.support.identity_builders import NOW

FORM = Form("upload", "0" * 64, 10, 1, 1)
Step = Callable[[DelegationRequest], DelegationRequest]
_LATER = NOW + timedelta(hours=1)
STEPS: dict[str, Step] = {
    "provider signs": lambda request: request.sign(Party.PROVIDER, now=_LATER),
    "delegate signs": lambda request: request.sign(Party.DELEGATE, now=_LATER),
    "form": lambda request: request.attach(FORM, SignatureKind.STYLUS, now=_LATER),
    "withdraw": lambda request: request.withdraw(now=_LATER),
    "approve": lambda request: request.decide(approve=True, reason=None, agent="agent", now=_LATER),
    "refuse": lambda request: request.decide(approve=False, reason="not_staff", agent="agent", now=_LATER),
    "refuse without reason": lambda request: request.decide(approve=False, reason=None, agent="agent", now=_LATER),
}


@pytest.mark.req("DEL-4", "DEL-5")
@given(names=st.lists(st.sampled_from(sorted(STEPS)), max_size=10))
def test_a_request_is_decided_once_after_both_have_signed_and_stays_so(names: list[str]) -> None:
    request = build.request()
    for name in names:
        before = request
        with contextlib.suppress(AppError):
            request = STEPS[name](before)
        if not before.state.open:
            assert request == before
        complete = all(request.signed_by(party) for party in Party)
        assert complete == (request.received_at is not None)
        if request.state in {State.SUBMITTED, State.APPROVED, State.REFUSED}:
            assert complete
        assert (request.decided_by is not None) == (request.state in {State.APPROVED, State.REFUSED})
        assert (request.reason is not None) == (request.state is State.REFUSED)
        assert len({signature.party for signature in request.signatures}) == len(request.signatures)


@given(number=st.integers(0, 2**40 - 1))
def test_a_reference_is_the_same_with_and_without_its_dash_and_of_one_number(number: int) -> None:
    reference = reference_of(number)
    assert normalised_reference(reference.replace("-", "")) == normalised_reference(reference) == reference
    assert len(reference) == 9
    assert not set(reference) & set("01IO")
    assert reference_of(number ^ 1) != reference
