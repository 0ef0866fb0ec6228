"""Enrolment of providers: one answer to everybody, one mail that tells, one account per provider (REG-10 to REG-15)."""

from datetime import timedelta
from typing import Any

import pytest

from services.identity.data.security_questions import load_security_questions
from services.identity.domain.accounts import PROVIDER
from services.identity.domain.answers import normalised_answer
from services.identity.domain.errors import AnswerInvalidError, EmailInvalidError, StepOutOfOrderError
from services.identity.domain.provider_errors import (
    EmailsDifferError,
    OfficeNumberInvalidError,
    ProviderNumberInvalidError,
    SecurityQuestionsError,
    StatementsAlikeError,
    TermsVersionError,
)
from services.identity.domain.providers import Provider
from services.identity.domain.security_questions import QuestionText, SecurityQuestions
from services.identity.domain.statements import StatementFacts
from services.identity.handlers.provider_steps import TERMS_VERSION
from services.identity.handlers.security_questions import list_security_questions
from shared.contracts.identity.access import ActRecorded, ContactRecorded
from shared.contracts.identity.enrolment import EnrolmentView
from shared.contracts.identity.provider_enrolment import ListSecurityQuestions
from shared.contracts.identity.providers import ProviderRegistered
from shared.contracts.notification import SendAccessNotice
from shared.outbox import Work
from shared.tokens import Binding
from tests.support import identity_builders as build
from tests.support import keys
from tests.support import provider_builders as providers
from tests.support.identity_enrolment import MISSES_ALLOWED, Desk, sealed

Told = tuple[StatementFacts, StatementFacts]


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def known(desk: Desk, **overrides: Any) -> tuple[Provider, Told]:
    """A provider of the register with two statements."""
    provider = providers.provider(**overrides)
    told = (providers.facts(days_ago=20), providers.facts(days_ago=200))
    await desk.providers.save_all([provider])
    await desk.statements.save_all([providers.statement(provider, one) for one in told])
    return provider, told


async def to_profile(desk: Desk) -> str:
    enrolment_id = await desk.start("provider")
    await desk.submit(enrolment_id, "welcome_terms", accepted=True, terms_version=TERMS_VERSION)
    return enrolment_id


async def walk(
    desk: Desk, provider: Provider, told: tuple[StatementFacts, ...], *, given: bool = False, **profile: Any
) -> tuple[EnrolmentView, Work]:
    enrolment_id = await to_profile(desk)
    await desk.submit(enrolment_id, "provider_profile", **providers.profile(provider, enrolment_id, *told, **profile))
    await desk.submit(enrolment_id, "provider_direct_deposit", given=given)
    return await desk.submit(enrolment_id, "provider_submit")


def notice(work: Work) -> SendAccessNotice:
    (command,) = work.commands
    assert isinstance(command, SendAccessNotice)
    return command


@pytest.mark.req("REG-10", "REG-13", "REG-15")
async def test_a_provider_who_proves_it_gets_an_account_with_a_temporary_password(desk: Desk) -> None:
    provider, told = await known(desk)
    view, work = await walk(desk, provider, told, given=True, email="anais@example.org")
    account = await desk.accounts.get_by_provider(provider.provider_id)
    assert account is not None
    assert (account.user_name, account.email, account.roles) == (
        provider.number.user_name,
        "anais@example.org",
        (PROVIDER,),
    )
    assert account.temporary_until == desk.now + timedelta(days=15)
    mailed = notice(work)
    assert (mailed.kind, mailed.account_id) == ("temporary_password", account.account_id)
    assert mailed.values == {"user_name": account.user_name, "useless_from": account.temporary_until}
    password = keys.opener("notification").open(
        str(mailed.secret), binding=Binding("secret", mailed.delivery_id), now=desk.now
    )
    assert await build.hashing().verify(password, account.password)
    assert password not in repr(desk.flows.__dict__) + repr(view)
    assert [type(event) for event in work.events] == [ContactRecorded, ProviderRegistered, ActRecorded]
    registered = work.events[1]
    assert isinstance(registered, ProviderRegistered)
    assert (registered.provider_id, registered.holder_name, registered.direct_deposit, registered.flow_key) == (
        provider.provider_id,
        provider.name,
        True,
        view.enrolment_id,
    )


@pytest.mark.req("REG-10")
async def test_the_consent_is_kept_with_version_time_and_language(desk: Desk) -> None:
    provider, told = await known(desk)
    shown = await desk.get(await desk.start("provider"))
    assert shown.shown == {"terms_version": TERMS_VERSION}
    await walk(desk, provider, told)
    (consent,) = desk.consents.rows
    assert (consent.terms_id, consent.version, consent.language, consent.accepted_at) == (
        "providers",
        TERMS_VERSION,
        "fr",
        desk.now,
    )


@pytest.mark.req("REG-10")
async def test_terms_in_another_version_are_not_accepted(desk: Desk) -> None:
    enrolment_id = await desk.start("provider")
    with pytest.raises(TermsVersionError):
        await desk.submit(enrolment_id, "welcome_terms", accepted=True, terms_version="2020-01")


@pytest.mark.req("REG-14", "F7")
async def test_answers_are_kept_as_hashes_of_their_normal_form(desk: Desk) -> None:
    provider, told = await known(desk)
    await walk(desk, provider, told)
    (record,) = desk.records.rows.values()
    assert [question for question, _ in record.answers] == [question for question, _ in providers.ANSWERS]
    for (_, text), (_, encoded) in zip(providers.ANSWERS, record.answers, strict=True):
        assert text not in encoded
        assert await build.hashing().verify(normalised_answer(text.upper()), encoded)


@pytest.mark.req("REG-13", "REG-15")
async def test_the_address_in_the_register_is_told_when_the_account_goes_to_another_one(desk: Desk) -> None:
    provider, told = await known(desk, email="clinique@example.org")
    _, work = await walk(desk, provider, told, email="anais@example.org")
    temporary, opened = work.commands
    assert isinstance(temporary, SendAccessNotice)
    assert isinstance(opened, SendAccessNotice)
    assert temporary.kind == "temporary_password"
    assert (opened.kind, opened.email, opened.secret) == ("provider_account_opened", "clinique@example.org", None)
    same, statements = await known(desk, email="anais@example.org")
    _, silent = await walk(desk, same, statements, email="anais@example.org")
    assert notice(silent).kind == "temporary_password"


WRONG: dict[str, dict[str, Any]] = {
    "a number that nobody has": {"number": "999999999"},
    "another office": {"office_number": "0043"},
    "another kind with the same digits": {"kind": "other"},
}


@pytest.mark.req("REG-21", "REG-13", "R5")
@pytest.mark.parametrize("wrong", WRONG)
async def test_what_did_not_match_is_told_by_mail_only(desk: Desk, wrong: str) -> None:
    provider, told = await known(desk)
    view, work = await walk(desk, provider, told, email="x@example.org", **WRONG[wrong])
    assert (notice(work).kind, notice(work).email) == ("provider_not_matched", "x@example.org")
    assert work.events == []
    assert (view.account, view.current) == (None, None)
    assert await desk.accounts.get_by_provider(provider.provider_id) is None


@pytest.mark.req("REG-13", "R5")
@pytest.mark.parametrize("days_ago", [366, -1])
async def test_r5_statements_must_be_of_the_last_year(desk: Desk, days_ago: int) -> None:
    provider, told = await known(desk)
    old = providers.facts(days_ago=days_ago)
    await desk.statements.save_all([providers.statement(provider, old)])
    _, work = await walk(desk, provider, (told[0], old))
    assert notice(work).kind == "provider_not_matched"


@pytest.mark.req("REG-13", "R5")
async def test_r5_statements_paid_to_somebody_else_prove_nothing(desk: Desk) -> None:
    provider, told = await known(desk)
    _, others = await known(desk)
    _, work = await walk(desk, provider, (told[0], others[0]))
    assert notice(work).kind == "provider_not_matched"


@pytest.mark.req("REG-12", "R5")
async def test_r5_a_pharmacy_of_a_chain_is_refused_with_the_reason_by_mail(desk: Desk) -> None:
    provider, told = await known(desk, number=providers.pharmacy_number(), chain=True, chain_name="Grande")
    view, work = await walk(desk, provider, told, email="x@example.org")
    assert (notice(work).kind, notice(work).email) == ("provider_of_chain", "x@example.org")
    assert view.account is None
    assert await desk.accounts.get_by_provider(provider.provider_id) is None


@pytest.mark.req("REG-12")
async def test_an_independent_pharmacy_registers_without_an_office(desk: Desk) -> None:
    provider, told = await known(desk, number=providers.pharmacy_number())
    _, work = await walk(desk, provider, told)
    assert notice(work).kind == "temporary_password"


@pytest.mark.req("REG-12", "REG-21")
async def test_who_has_an_account_already_is_told_at_its_address(desk: Desk) -> None:
    provider, told = await known(desk)
    first, _ = await walk(desk, provider, told)
    account = await desk.accounts.get_by_provider(provider.provider_id)
    again, work = await walk(desk, provider, told, email="impostor@example.org")
    assert account is not None
    assert (notice(work).kind, notice(work).account_id) == ("already_registered", account.account_id)
    assert await desk.accounts.get_by_provider(provider.provider_id) == account
    assert neutral(again) == neutral(first)


@pytest.mark.req("REG-12")
async def test_a_provider_who_is_not_active_any_more_does_not_register(desk: Desk) -> None:
    provider, told = await known(desk, active=False)
    _, work = await walk(desk, provider, told)
    assert notice(work).kind == "provider_not_matched"


def neutral(view: EnrolmentView) -> EnrolmentView:
    return view.model_copy(update={"enrolment_id": "x"})


@pytest.mark.req("REG-21", "R1")
async def test_every_outcome_has_the_same_answer_and_one_mail(desk: Desk) -> None:
    provider, told = await known(desk)
    chain, of_chain = await known(desk, number=providers.pharmacy_number(), chain=True)
    stranger = providers.provider()
    outcomes = [
        await walk(desk, stranger, told),
        await walk(desk, provider, (told[0], providers.facts())),
        await walk(desk, chain, of_chain),
        await walk(desk, provider, told),
        await walk(desk, provider, told),
    ]
    assert len({neutral(view).model_dump_json() for view, _ in outcomes}) == 1
    assert [notice(work).kind for _, work in outcomes] == [
        "provider_not_matched",
        "provider_not_matched",
        "provider_of_chain",
        "temporary_password",
        "already_registered",
    ]


@pytest.mark.req("REG-13", "REG-21")
async def test_after_too_many_misses_right_statements_count_as_wrong_for_a_day(desk: Desk) -> None:
    provider, told = await known(desk)
    for _ in range(MISSES_ALLOWED):
        await walk(desk, provider, (told[0], providers.facts()))
    _, work = await walk(desk, provider, told)
    assert notice(work).kind == "provider_not_matched"
    desk.advance(hours=24, minutes=1)
    _, later = await walk(desk, provider, told)
    assert notice(later).kind == "temporary_password"


@pytest.mark.req("R2", "REG-10")
@pytest.mark.parametrize("step", ["provider_direct_deposit", "provider_submit"])
async def test_r2_no_step_of_a_provider_is_done_before_its_turn(desk: Desk, step: str) -> None:
    enrolment_id = await desk.start("provider")
    before = await desk.flows.get(enrolment_id)
    data: dict[str, Any] = {"given": True} if step == "provider_direct_deposit" else {}
    with pytest.raises(StepOutOfOrderError):
        await desk.submit(enrolment_id, step, **data)
    assert await desk.flows.get(enrolment_id) == before


MISTAKES: list[tuple[type[Exception], dict[str, Any]]] = [
    (ProviderNumberInvalidError, {"number": "12345678"}),
    (OfficeNumberInvalidError, {"office_number": None}),
    (OfficeNumberInvalidError, {"kind": "pharmacy", "number": "A 12345678"}),
    (EmailInvalidError, {"email": "nobody", "email_repeat": "nobody"}),
    (EmailsDifferError, {"email_repeat": "other@example.org"}),
]


@pytest.mark.req("REG-11", "REG-14")
@pytest.mark.parametrize(("error", "mistake"), MISTAKES)
async def test_mistakes_of_form_are_told_at_once(desk: Desk, error: type[Exception], mistake: dict[str, Any]) -> None:
    provider, told = await known(desk)
    enrolment_id = await to_profile(desk)
    with pytest.raises(error):
        await desk.submit(
            enrolment_id, "provider_profile", **providers.profile(provider, enrolment_id, *told, **mistake)
        )


@pytest.mark.req("REG-14")
async def test_an_address_typed_twice_may_differ_in_case(desk: Desk) -> None:
    provider, told = await known(desk)
    _, work = await walk(desk, provider, told, email="Anais@Example.org", email_repeat="anais@example.org")
    assert notice(work).kind == "temporary_password"


@pytest.mark.req("REG-13")
async def test_one_statement_is_not_two(desk: Desk) -> None:
    provider, told = await known(desk)
    enrolment_id = await to_profile(desk)
    profile = providers.profile(provider, enrolment_id, told[0], told[0])
    with pytest.raises(StatementsAlikeError):
        await desk.submit(enrolment_id, "provider_profile", **profile)


@pytest.mark.req("REG-14")
@pytest.mark.parametrize(
    ("error", "answers"),
    [
        (SecurityQuestionsError, (providers.ANSWERS[1], providers.ANSWERS[0], providers.ANSWERS[2])),
        (SecurityQuestionsError, (providers.ANSWERS[0], ("no_such_question", "x y"), providers.ANSWERS[2])),
        (AnswerInvalidError, (providers.ANSWERS[0], ("first_car", "Chez LEVEQUE!"), providers.ANSWERS[2])),
        (AnswerInvalidError, (providers.ANSWERS[0], ("first_car", "- -"), providers.ANSWERS[2])),
    ],
)
async def test_one_question_of_each_list_with_an_answer_of_its_own(
    desk: Desk, error: type[Exception], answers: tuple[tuple[str, str], ...]
) -> None:
    provider, told = await known(desk)
    enrolment_id = await to_profile(desk)
    profile = providers.profile(provider, enrolment_id, *told, answers=answers)
    with pytest.raises(error):
        await desk.submit(enrolment_id, "provider_profile", **profile)


@pytest.mark.req("REG-14")
@pytest.mark.parametrize("language", ["fr", "en"])
async def test_the_lists_are_shown_in_one_language(language: str) -> None:
    questions = load_security_questions()
    asked = build.received(ListSecurityQuestions(language=language))
    view = await list_security_questions(asked, questions=questions)
    assert [len(one) >= 5 for one in view.lists] == [True] * 3
    texts = [question.text for one in view.lists for question in one]
    assert len(set(texts)) == len(texts)
    assert all(text.endswith("?") for text in texts)
    assert (view.lists[0][0].text == "Quelle est votre destination de vacances préférée ?") is (language == "fr")


def test_lists_that_are_too_short_or_share_a_question_stop_the_service() -> None:
    one = {f"q{n}": QuestionText("?", "?") for n in range(5)}
    with pytest.raises(ValueError, match="codes of their own"):
        SecurityQuestions((one, one, one))
    with pytest.raises(ValueError, match="5 questions"):
        SecurityQuestions((one, {"a": QuestionText("?", "?")}, {"b": QuestionText("?", "?")}))


async def test_an_answer_sealed_for_another_enrolment_is_not_read(desk: Desk) -> None:
    provider, told = await known(desk)
    enrolment_id = await to_profile(desk)
    profile = providers.profile(provider, enrolment_id, *told)
    profile["answers"][0]["answer"] = sealed("Chez Lévêque", "another", use="answers.0.answer")
    with pytest.raises(Exception, match=r"secret\.unreadable"):
        await desk.submit(enrolment_id, "provider_profile", **profile)
