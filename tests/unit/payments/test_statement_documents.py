"""Statements as files, in inboxes and on the post list; lists by day (PAY-2, PAY-3, PAY-5)."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from services.payments.app import bind
from services.payments.domain.errors import StatementNotFound
from services.payments.domain.statement_documents import DocumentKey, Names, RenderingFailed
from services.payments.handlers.access import AgentsOnly
from shared.clock import new_id
from shared.contracts import Actor, Message
from shared.contracts.identity import CoverageRecorded, CoveredPerson, MemberRegistered
from shared.contracts.identity.providers import ProviderRegistered
from shared.contracts.notification import INBOX_LIMIT_BYTES, PutInboxMessage
from shared.contracts.payments import ListPayments, StatementIssued
from shared.contracts.payments_statements import (
    ChooseStatementDelivery,
    GetStatementDelivery,
    GetStatementDocument,
    ListPayeePayments,
    ListStatementsToPost,
    MarkStatementPosted,
    ReadStatement,
    ReadStatementDocument,
    StatementActRecorded,
    StatementForm,
)
from shared.mongo import Session
from shared.outbox import Work
from tests.support.payments_builders import FRIDAY, MONDAY, a_payment, agent, claim_adjudicated, member, some_id
from tests.support.payments_desk import Desk, memory_desk, received
from tests.support.payments_statements import RecordedRendering


class Office:
    """A desk whose files are counted, and what its handlers of statements wrote."""

    def __init__(self) -> None:
        self.desk: Desk = memory_desk()
        self.rendering = RecordedRendering()
        bound = bind(
            self.desk.storage, clock=lambda: FRIDAY, ids=new_id, run_max_batches=2_000, rendering=self.rendering
        )
        self.handlers = bound.statements
        self.sent: list[PutInboxMessage] = []
        self.acts: list[StatementActRecorded] = []

    async def do(self, handler: Callable[..., Awaitable[Any]], message: Message, actor: Actor | None = None) -> Any:
        """A handler that writes."""
        item = received(message, actor=actor)
        session: Session | None = None
        work = Work(session, item, source="payments")
        answer = await handler(item, work)
        self.sent += [command for command in work.commands if isinstance(command, PutInboxMessage)]
        self.acts += [event for event in work.events if isinstance(event, StatementActRecorded)]
        return answer

    async def ask(self, handler: Callable[..., Awaitable[Any]], message: Message, actor: Actor) -> Any:
        """A handler that reads."""
        return await handler(received(message, actor=actor))

    async def paid(self, dossier_id: str, **facts: Any) -> StatementIssued:
        """A member is paid, and the statement is issued."""
        await self.desk.adjudicated(claim_adjudicated(dossier_id=dossier_id, **facts))
        await self.desk.enrol(dossier_id)
        await self.desk.close_run()
        await self.desk.file_sent()
        return self.desk.events(StatementIssued)[-1]

    async def issued(self, event: StatementIssued) -> None:
        await self.handlers.make_documents(received(event))
        await self.do(self.handlers.on_statement_issued, event)

    async def registered(self, dossier_id: str, language: str) -> str:
        event = MemberRegistered(
            account_id=some_id("account"),
            dossier_id=dossier_id,
            email="somebody@example.ca",
            language=language,
            holder_name="Somebody",
            registered_at=FRIDAY,
        )
        await self.do(self.handlers.on_member_registered, event)
        return event.account_id

    async def file(self, query: GetStatementDocument, actor: Actor) -> Any:
        """As the route does it: noted, then read."""
        await self.do(self.handlers.note_document, query, actor)
        return await self.ask(self.handlers.get_document, query, actor)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def dossier_id() -> str:
    return some_id("dossier")


@pytest.mark.req("PAY-3")
@pytest.mark.parametrize("form", ["pdf", "csv"])
async def test_a_file_is_made_once_and_the_same_ever_after(
    office: Office, dossier_id: str, form: StatementForm
) -> None:
    event, actor = await office.paid(dossier_id), member(dossier_id)
    query = GetStatementDocument(batch_number=event.batch_number, form=form, language="en")
    first, second = await office.file(query, actor), await office.file(query, actor)
    assert first == second
    assert first.name == f"statement-{event.batch_number}.{form}"
    assert office.rendering.made == [DocumentKey(event.batch_number, form, "en")]
    assert [(act.act, act.about, act.account_id) for act in office.acts] == [
        ("sensitive_read", dossier_id, actor.account_id)
    ] * 2


@pytest.mark.req("PAY-3")
async def test_of_two_that_make_the_same_file_at_once_the_first_stays(office: Office, dossier_id: str) -> None:
    event = await office.paid(dossier_id)
    key = DocumentKey(event.batch_number, "pdf", "fr")

    class Overtaken(RecordedRendering):
        async def render(self, statement: Any, key: DocumentKey, names: Names) -> bytes:
            await office.issued(event)
            return await super().render(statement, key, names) + b" too late"

    late = bind(office.desk.storage, clock=lambda: FRIDAY, ids=new_id, run_max_batches=1, rendering=Overtaken())
    query = GetStatementDocument(batch_number=key.batch_number, form="pdf", language="fr")
    view = await office.ask(late.statements.get_document, query, member(dossier_id))
    assert not view.content.endswith(b"too late")
    assert (await office.file(query, member(dossier_id))).content == view.content


@pytest.mark.req("PAY-3")
async def test_the_payee_and_the_persons_are_called_by_their_names(office: Office, dossier_id: str) -> None:
    event = CoverageRecorded(
        dossier_id=dossier_id,
        version=1,
        contract_number="12345",
        certificate_number="1",
        plan_code="STANDARD",
        province="QC",
        persons=(
            CoveredPerson(
                person_id="person-1",
                first_name="Léa",
                last_name="Roy",
                relationship="self",
                birth_date=MONDAY,
                effective_from=MONDAY,
            ),
        ),
    )
    await office.do(office.handlers.on_coverage_recorded, event)
    await office.registered(dossier_id, "fr")
    await office.issued(await office.paid(dossier_id, person_id="person-1"))
    assert office.rendering.names == [Names("Somebody", {"person-1": "Léa Roy"})]


@pytest.mark.req("PAY-3", "LOG-6")
async def test_another_payees_statement_is_as_if_it_were_not(office: Office, dossier_id: str) -> None:
    event = await office.paid(dossier_id)
    strangers = [
        (member(some_id("dossier")), "dossier"),
        (Actor(account_id="a", session_id="s", roles=("provider",), provider_id=some_id("provider")), "provider"),
    ]
    for actor, payee in strangers:
        for number in (event.batch_number, "99999999"):
            query = GetStatementDocument.model_validate({"batch_number": number, "form": "pdf", "payee": payee})
            with pytest.raises(StatementNotFound):
                await office.file(query, actor)
    assert office.rendering.made == []
    assert office.acts == []


@pytest.mark.req("PAY-3", "OPS-7")
async def test_agents_read_any_statement_and_are_recorded(office: Office, dossier_id: str) -> None:
    event, actor = await office.paid(dossier_id), agent()
    reading = ReadStatement(batch_number=event.batch_number)
    await office.do(office.handlers.note_reading, reading, actor)
    view = await office.ask(office.handlers.read_statement, reading, actor)
    assert view.payee_id == dossier_id
    file = ReadStatementDocument(batch_number=event.batch_number, form="pdf")
    await office.do(office.handlers.note_reading, file, actor)
    assert (await office.ask(office.handlers.get_document, file, actor)).name == f"releve-{event.batch_number}.pdf"
    listing = ListPayeePayments(payee_id=dossier_id)
    await office.do(office.handlers.note_payments, listing, actor)
    page = await office.ask(office.handlers.list_payee_payments, listing, actor)
    assert [payment.batch_number for payment in page.payments] == [event.batch_number]
    assert [(act.about, act.account_id, act.details["what"]) for act in office.acts] == [
        (dossier_id, actor.account_id, "statement"),
        (dossier_id, actor.account_id, "statement"),
        (dossier_id, actor.account_id, "payments"),
    ]


@pytest.mark.req("PAY-3")
async def test_what_is_for_agents_is_for_nobody_else(office: Office, dossier_id: str) -> None:
    event, actor = await office.paid(dossier_id), member(dossier_id)
    number = event.batch_number
    writing: list[tuple[Callable[..., Awaitable[Any]], Message]] = [
        (office.handlers.note_reading, ReadStatement(batch_number=number)),
        (office.handlers.note_payments, ListPayeePayments(payee_id=dossier_id)),
        (office.handlers.mark_posted, MarkStatementPosted(batch_number=number)),
    ]
    for handler, message in writing:
        with pytest.raises(AgentsOnly):
            await office.do(handler, message, actor)
    reading: list[tuple[Callable[..., Awaitable[Any]], Message]] = [
        (office.handlers.read_statement, ReadStatement(batch_number=number)),
        (office.handlers.list_payee_payments, ListPayeePayments(payee_id=dossier_id)),
        (office.handlers.list_to_post, ListStatementsToPost()),
    ]
    for handler, message in reading:
        with pytest.raises(AgentsOnly):
            await office.ask(handler, message, actor)
    assert office.acts == []


@pytest.mark.req("PAY-5")
async def test_every_account_of_a_dossier_finds_the_statement_in_its_inbox_in_its_language(
    office: Office, dossier_id: str
) -> None:
    english = await office.registered(dossier_id, "en")
    event = await office.paid(dossier_id)
    await office.issued(event)
    by_account = {message.account_id: message for message in office.sent}
    assert len(by_account) == 2, "the one that registered, and the one that enrolled for direct deposit"
    copy = by_account[english]
    stored = await office.desk.storage.statement_documents.get(DocumentKey(event.batch_number, "pdf", "en"))
    assert stored is not None
    assert [(file.name, file.content) for file in copy.attachments] == [(stored.name, stored.content)]
    assert stored.sha256 in copy.body.en
    assert copy.announced, "no mail tells this account of the payment"
    (other,) = [message for account, message in by_account.items() if account != english]
    assert other.attachments[0].name == f"releve-{event.batch_number}.pdf"
    assert not other.announced, "the mail about the payment tells already"


@pytest.mark.req("PAY-5")
async def test_a_copy_that_is_sent_again_is_the_same_message(office: Office, dossier_id: str) -> None:
    event = await office.paid(dossier_id)
    await office.issued(event)
    await office.issued(event)
    first, second = office.sent
    assert first == second
    assert len(office.rendering.made) == 1


@pytest.mark.req("PAY-5")
async def test_a_provider_finds_one_copy_in_its_inbox(office: Office) -> None:
    provider_id = some_id("provider")
    event = ProviderRegistered(
        account_id=some_id("account"),
        provider_id=provider_id,
        holder_name="Dr Somebody",
        email="office@example.ca",
        language="en",
        registered_at=FRIDAY,
    )
    await office.do(office.handlers.on_provider_registered, event)
    await office.desk.adjudicated(claim_adjudicated(pay_to="provider", provider_id=provider_id))
    await office.desk.enrol(provider_id)
    await office.desk.close_run(payee_class="provider")
    await office.desk.file_sent()
    await office.issued(office.desk.events(StatementIssued)[-1])
    (copy,) = office.sent
    assert (copy.provider_id, copy.account_id, copy.kind) == (provider_id, None, "statement")
    assert copy.attachments[0].name.startswith("statement-")


@pytest.mark.req("PAY-5")
async def test_a_statement_too_long_for_an_inbox_is_told_of_without_the_file(office: Office, dossier_id: str) -> None:
    event = await office.paid(dossier_id)

    long = RecordedRendering(padding=b"x" * INBOX_LIMIT_BYTES)
    bound = bind(office.desk.storage, clock=lambda: FRIDAY, ids=new_id, run_max_batches=1, rendering=long)
    await office.do(bound.statements.on_statement_issued, event)
    (copy,) = office.sent
    assert copy.attachments == ()
    assert "Mes paiements" in copy.body.fr


async def test_a_file_that_could_not_be_made_is_made_at_the_next_attempt(office: Office, dossier_id: str) -> None:
    event = await office.paid(dossier_id)
    office.rendering.failures.append(RenderingFailed())
    with pytest.raises(RenderingFailed):
        await office.issued(event)
    assert office.sent == []
    await office.issued(event)
    assert len(office.sent) == 1


@pytest.mark.req("PAY-5")
async def test_only_those_who_asked_get_statements_by_post_and_once(office: Office, dossier_id: str) -> None:
    await office.issued(await office.paid(some_id("dossier")))
    actor, staff = member(dossier_id), agent()
    before = await office.ask(office.handlers.get_delivery, GetStatementDelivery(), actor)
    assert (before.by_post, before.chosen_at) == (False, None)
    await office.do(office.handlers.choose_delivery, ChooseStatementDelivery(by_post=True), actor)
    event = await office.paid(dossier_id)
    await office.issued(event)
    await office.issued(event)
    listed = await office.ask(office.handlers.list_to_post, ListStatementsToPost(), staff)
    assert [(each.batch_number, each.payee_id) for each in listed.statements] == [(event.batch_number, dossier_id)]
    for _ in range(2):
        await office.do(office.handlers.mark_posted, MarkStatementPosted(batch_number=event.batch_number), staff)
    assert (await office.ask(office.handlers.list_to_post, ListStatementsToPost(), staff)).statements == ()
    posted = [act for act in office.acts if act.details["what"] == "statement_posted"]
    assert [(act.account_id, act.about) for act in posted] == [(staff.account_id, dossier_id)]
    await office.do(office.handlers.choose_delivery, ChooseStatementDelivery(by_post=False), actor)
    await office.issued(await office.paid(dossier_id))
    assert (await office.ask(office.handlers.list_to_post, ListStatementsToPost(), staff)).statements == ()


async def test_what_is_not_on_the_post_list_was_not_posted(office: Office) -> None:
    with pytest.raises(StatementNotFound):
        await office.do(office.handlers.mark_posted, MarkStatementPosted(batch_number="99999999"), agent())


@pytest.mark.req("PAY-2")
async def test_payments_are_listed_by_the_days_on_which_they_are_payable(office: Office, dossier_id: str) -> None:
    days = [MONDAY + timedelta(days=days) for days in range(4)]
    stored = [
        a_payment(payee_id=dossier_id, payable_on=day, batch_number=str(10_000_001 + place))
        for place, day in enumerate(days)
    ]
    await office.desk.storage.payments.add_many([*stored, a_payment()], session=None)

    async def listed(**days: Any) -> list[str]:
        query = ListPayments(**days)
        page = await office.ask(office.desk.handlers.list_payments, query, member(dossier_id))
        return [payment.batch_number for payment in page.payments]

    newest_first = [payment.batch_number for payment in reversed(stored)]
    assert await listed() == newest_first
    assert await listed(from_day=days[1], to_day=days[2]) == newest_first[1:3]
    assert await listed(from_day=days[3]) == newest_first[:1]
    assert await listed(to_day=days[0]) == newest_first[3:]
    assert await listed(from_day=days[0], before=stored[1].batch_number) == newest_first[3:]


@pytest.mark.req("PAY-2")
def test_days_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="to_day must not be before from_day"):
        ListPayments(from_day=MONDAY, to_day=MONDAY - timedelta(days=1))


@pytest.mark.req("PAY-2")
async def test_nothing_is_deposited_until_the_bank_settled_it(office: Office, dossier_id: str) -> None:
    await office.paid(dossier_id)
    (sent,) = (await office.desk.payments_of(dossier_id)).payments
    assert (sent.status, sent.amount_cents, sent.settled_cents) == ("sent", 8_000, 0)
    (payment,) = await office.desk.storage.payments.list_of(dossier_id, before=None, limit=1)
    await office.desk.storage.payments.advance([payment.settled(on=MONDAY)], expected="sent", session=None)
    (settled,) = (await office.desk.payments_of(dossier_id)).payments
    assert settled.settled_cents == 8_000


@pytest.mark.req("PAY-3", "CLM-9")
async def test_the_statement_says_its_reasons_in_the_language_of_its_reader(office: Office, dossier_id: str) -> None:
    claim = claim_adjudicated(dossier_id=dossier_id)
    line = claim.lines[0].model_copy(update={"reason_codes": ("too_soon",)})
    await office.desk.adjudicated(claim.model_copy(update={"lines": (line,)}))
    await office.desk.enrol(dossier_id)
    await office.desk.close_run()
    await office.desk.file_sent()
    number = office.desk.events(StatementIssued)[-1].batch_number
    said = (await office.desk.statement(number, dossier_id)).claims[0].lines[0].reasons
    assert said
    assert said != ("too_soon",)
