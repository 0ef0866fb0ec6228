"""LOG-7: terms are shown first, accepted by version, and due again when the version changes."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.identity.data import load_rules, load_terms
from services.identity.domain.accounts import Account
from services.identity.domain.errors import AccountUnknownError, TermsOutdatedError, TermsUnknownError
from services.identity.domain.plans import InvalidRulesError
from services.identity.domain.terms import Acceptance, TermsCatalogue
from shared.clock import new_id
from shared.contracts.identity.terms import AcceptTerms, ListTerms, OwnTerms, ReadTerms, TermsView
from tests.support import identity_builders as build
from tests.support.identity_enrolment import Desk

pytestmark = pytest.mark.req("LOG-7")


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def accept(desk: Desk, account: Account, terms_id: str, version: str) -> TermsView:
    actor = build.member_actor(None, account_id=account.account_id)
    received = build.received(AcceptTerms(terms_id=terms_id, version=version), actor)
    return await desk.terms.accept(received, build.work_for(received))


async def own(desk: Desk, account: Account) -> OwnTerms:
    return await desk.terms.list_own(
        build.received(ListTerms(), build.member_actor(None, account_id=account.account_id))
    )


async def restrictions(desk: Desk, account: Account) -> tuple[str, ...]:
    return (await desk.views.of(account)).restrictions


def newer(catalogue: TermsCatalogue, terms_id: str) -> TermsCatalogue:
    changed = replace(catalogue.get(terms_id), version="2027-01")
    return TermsCatalogue({**catalogue.terms, terms_id: changed})


@pytest.mark.parametrize(
    ("role", "terms_id"),
    [("member", "members"), ("provider", "providers"), ("delegate", "providers"), ("agent", "staff")],
)
async def test_every_new_account_accepts_the_terms_of_its_role_first(desk: Desk, role: str, terms_id: str) -> None:
    account = await desk.registered(roles=(role,), dossiers=())
    assert await restrictions(desk, account) == ("terms",)
    [due] = (await own(desk, account)).terms
    assert (due.terms_id, due.due, due.accepted_at) == (terms_id, True, None)
    await accept(desk, account, terms_id, due.version)
    assert await restrictions(desk, account) == ()


async def test_an_acceptance_is_kept_with_version_time_language_and_account(desk: Desk) -> None:
    account = await desk.registered(language="en")
    [due] = (await own(desk, account)).terms
    view = await accept(desk, account, "members", due.version)
    assert (view.due, view.accepted_at, view.language) == (False, desk.now, "en")
    assert desk.acceptances.rows == [
        Acceptance(
            account_id=account.account_id,
            terms_id="members",
            version=due.version,
            language="en",
            accepted_at=desk.now,
        )
    ]


async def test_accepting_again_changes_nothing(desk: Desk) -> None:
    account = await desk.registered()
    version = desk.catalogue.get("members").version
    first = await accept(desk, account, "members", version)
    desk.advance(hours=1)
    assert await accept(desk, account, "members", version) == first
    assert len(desk.acceptances.rows) == 1


async def test_a_new_version_is_due_again_and_the_old_one_is_refused(desk: Desk) -> None:
    account = await desk.registered()
    version = desk.catalogue.get("members").version
    await accept(desk, account, "members", version)
    later = replace(desk, catalogue=newer(desk.catalogue, "members"))
    assert await restrictions(later, account) == ("terms",)
    with pytest.raises(TermsOutdatedError):
        await accept(later, account, "members", version)
    await accept(later, account, "members", "2027-01")
    assert await restrictions(later, account) == ()
    assert len(desk.acceptances.rows) == 2


async def test_plans_may_have_terms_of_their_own_and_somebody_with_both_accepts_both(desk: Desk) -> None:
    loaded, special = load_rules(), load_terms().get("members")
    special_plan = replace(loaded.plans["default"], code="SPECIAL", terms_id="special")
    rules = replace(loaded, plans={**loaded.plans, "SPECIAL": special_plan})
    catalogue = TermsCatalogue({**load_terms().terms, "special": replace(special, terms_id="special")})
    other = replace(desk, rules=rules, catalogue=catalogue)
    plain, rich = await other.on_roster(), await other.on_roster(plan_code="SPECIAL")
    account = await other.registered(dossiers=(plain.number, rich.number))
    assert [each.terms_id for each in (await own(other, account)).terms] == ["members", "special"]
    await accept(other, account, "members", special.version)
    assert await restrictions(other, account) == ("terms",)
    await accept(other, account, "special", special.version)
    assert await restrictions(other, account) == ()


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_anybody_reads_terms_in_both_languages(desk: Desk, language: str) -> None:
    for terms_id in desk.catalogue.terms:
        view = await desk.terms.read(build.received(ReadTerms(terms_id=terms_id, language=language)))
        assert view.title
        assert all(view.paragraphs)
        assert not view.due


async def test_french_and_english_say_as_much(desk: Desk) -> None:
    for terms in desk.catalogue.terms.values():
        french, english = terms.texts["fr"], terms.texts["en"]
        assert french.title != english.title
        assert len(french.paragraphs) == len(english.paragraphs)


async def test_unknown_terms_and_unknown_accounts_are_refused(desk: Desk) -> None:
    account = await desk.registered()
    with pytest.raises(TermsUnknownError):
        await accept(desk, account, "nothing", "1")
    with pytest.raises(AccountUnknownError):
        await accept(desk, replace(account, account_id=new_id()), "members", "1")


def test_terms_that_lack_a_language_keep_the_service_from_starting(tmp_path: Path) -> None:
    (tmp_path / "terms.toml").write_text('[members]\nversion = "1"\n[members.fr]\ntitle = "T"\nparagraphs = ["P"]\n')
    with pytest.raises(InvalidRulesError, match="en"):
        load_terms(tmp_path)
