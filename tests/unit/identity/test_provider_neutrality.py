"""R1 for providers: whoever is no new provider asks and writes the same, in the same order, and gets one mail."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from services.identity.data import load_terms
from services.identity.domain.providers import Provider
from services.identity.domain.statements import StatementFacts
from tests.support import provider_builders as providers
from tests.support.identity_enrolment import Desk
from tests.unit.identity.test_neutrality import Calls

REPOSITORIES = ("providers", "statements", "accounts", "flows", "checks", "recoveries", "acceptances", "jobs")
VERSION = load_terms().get("providers").version
CASES = ("unknown", "not active", "another office", "wrong statement", "chain", "registered", "address taken")


async def provider_of(desk: Desk, case: str) -> tuple[Provider, Sequence[StatementFacts], dict[str, Any]]:
    """A provider, the statements that are told, and what else is typed."""
    number = providers.pharmacy_number() if case == "chain" else None
    provider = providers.provider(number=number, chain=case == "chain", active=case != "not active")
    told = [providers.facts(), providers.facts()]
    if case != "unknown":
        await desk.providers.save_all([provider])
        await desk.statements.save_all([providers.statement(provider, one) for one in told])
    if case == "wrong statement":
        told[1] = providers.facts()
    if case == "registered":
        await desk.registered(provider_id=provider.provider_id, roles=("provider",), dossiers=())
    if case == "address taken":
        other = await desk.registered(provider_id="other", roles=("provider",), dossiers=())
        return provider, told, {"email": other.email}
    return provider, told, {"office_number": "9999"} if case == "another office" else {}


async def outcome(case: str) -> tuple[list[str], object, int]:
    """What was asked and written, the answer without its id, and how many mails go out."""
    desk, log = Desk(), list[str]()
    provider, told, typed = await provider_of(desk, case)
    fields: Any = {name: Calls(name, getattr(desk, name), log) for name in REPOSITORIES}
    watched = replace(desk, **fields)
    enrolment_id = await watched.start("provider")
    await watched.submit(enrolment_id, "welcome_terms", accepted=True, terms_version=VERSION)
    profile = providers.profile(provider, enrolment_id, *told, **typed)
    await watched.submit(enrolment_id, "provider_profile", **profile)
    await watched.submit(enrolment_id, "provider_direct_deposit", given=False)
    view, work = await watched.submit(enrolment_id, "provider_submit")
    return log, view.model_copy(update={"enrolment_id": ""}), len(work.outgoing)


@pytest.mark.req("R1", "REG-21")
async def test_r1_every_refusal_asks_writes_answers_and_mails_alike() -> None:
    outcomes = [await outcome(case) for case in CASES]
    assert {repr(one) for one in outcomes} == {repr(outcomes[0])}
    log, _, mails = outcomes[0]
    assert mails == 1
    assert {"providers.get", "statements.list_facts", "accounts.get_by_provider", "checks.add"} <= set(log)
