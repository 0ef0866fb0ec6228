"""What every storage of statements as files does alike: on memory in the unit tests, on MongoDB in integration."""

from datetime import timedelta

import pytest

from services.payments.domain.statement_documents import DocumentKey, PaperCopy, Reader, document_of
from services.payments.ports import Repositories
from tests.support.payments_builders import FRIDAY, MONDAY, a_payment, some_batch_number, some_id

LATER = FRIDAY + timedelta(minutes=1)


def a_copy(batch_number: str) -> PaperCopy:
    return PaperCopy(batch_number=batch_number, payee_id=some_id("dossier"), payee_class="member", issued_at=FRIDAY)


class StatementsRepositoryContract:
    @pytest.mark.req("PAY-3")
    async def test_a_file_comes_back_byte_for_byte_and_the_first_one_stays(self, storage: Repositories) -> None:
        key = DocumentKey(some_batch_number(), "pdf", "fr")
        first = document_of(key, bytes(range(256)), at=FRIDAY)
        assert await storage.statement_documents.get(key) is None
        await storage.statement_documents.add(first)
        await storage.statement_documents.add(document_of(key, b"another", at=LATER))
        assert await storage.statement_documents.get(key) == first
        assert await storage.statement_documents.get(DocumentKey(key.batch_number, "pdf", "en")) is None
        assert await storage.statement_documents.get(DocumentKey(key.batch_number, "csv", "fr")) is None

    async def test_a_reader_is_known_once_with_the_language_noted_last(self, storage: Repositories) -> None:
        payee_id, other = some_id("dossier"), some_id("dossier")
        readers = storage.statement_readers
        await readers.note(payee_id, Reader("account-b", "fr"), session=None)
        await readers.note(payee_id, Reader("account-a", "fr"), session=None)
        await readers.note(payee_id, Reader("account-b", "en"), session=None)
        await readers.note(other, Reader("account-a", "en"), session=None)
        assert list(await readers.of(payee_id, session=None)) == [Reader("account-a", "fr"), Reader("account-b", "en")]
        assert list(await readers.of(some_id("dossier"), session=None)) == []

    @pytest.mark.req("PAY-5")
    async def test_what_was_chosen_last_counts(self, storage: Repositories) -> None:
        payee_id, deliveries = some_id("dossier"), storage.statement_deliveries
        assert await deliveries.get(payee_id, session=None) == (False, None)
        await deliveries.choose(payee_id, by_post=True, at=FRIDAY, session=None)
        assert await deliveries.get(payee_id, session=None) == (True, FRIDAY)
        await deliveries.choose(payee_id, by_post=False, at=LATER, session=None)
        assert await deliveries.get(payee_id, session=None) == (False, LATER)

    @pytest.mark.req("PAY-5")
    async def test_a_paper_copy_is_listed_once_until_it_went(self, storage: Repositories) -> None:
        copies, numbers = storage.paper_copies, ["90000001", "90000002", "90000003"]
        for number in reversed(numbers):
            await copies.add(a_copy(number), session=None)
        first = await copies.get(numbers[0], session=None)
        assert first is not None
        await copies.add(a_copy(numbers[0]), session=None)
        assert await copies.get(numbers[0], session=None) == first
        assert [copy.batch_number for copy in await copies.list_unposted(after=None, limit=2)] == numbers[:2]
        assert [copy.batch_number for copy in await copies.list_unposted(after=numbers[1], limit=9)] == numbers[2:]
        await copies.mark_posted(numbers[0], at=FRIDAY, by="first", session=None)
        await copies.mark_posted(numbers[0], at=LATER, by="second", session=None)
        posted = await copies.get(numbers[0], session=None)
        assert posted is not None
        assert (posted.posted_at, posted.posted_by) == (FRIDAY, "first")
        assert [copy.batch_number for copy in await copies.list_unposted(after=None, limit=9)] == numbers[1:]
        assert await copies.get("99999999", session=None) is None

    async def test_persons_are_called_as_the_newest_version_of_their_dossier_has_it(
        self, storage: Repositories
    ) -> None:
        dossier_id, one, other = some_id("dossier"), some_id("person"), some_id("person")
        persons = storage.statement_persons
        await persons.note(dossier_id, {one: "Léa Roy", other: "Émile Roy"}, version=2, session=None)
        await persons.note(dossier_id, {one: "Léa Roi"}, version=1, session=None)
        assert await persons.names([one, "unknown"]) == {one: "Léa Roy"}
        await persons.note(dossier_id, {one: "Léa Côté", other: "Émile Roy"}, version=3, session=None)
        assert await persons.names({one, other}) == {one: "Léa Côté", other: "Émile Roy"}
        assert await persons.names([]) == {}

    @pytest.mark.req("PAY-2")
    async def test_payments_are_found_by_day(self, storage: Repositories) -> None:
        payee_id = some_id("dossier")
        stored = [
            a_payment(payee_id=payee_id, payable_on=MONDAY + timedelta(days=days), batch_number=str(80_000_000 + days))
            for days in range(4)
        ]
        await storage.payments.add_many([*stored, a_payment()], session=None)
        first, second = stored[1].payable_on, stored[2].payable_on
        found = await storage.payments.list_of(payee_id, before=None, limit=9, from_day=first, to_day=second)
        assert list(found) == [stored[2], stored[1]]
        assert list(await storage.payments.list_of(payee_id, before=None, limit=1, from_day=first)) == [stored[3]]
        assert list(await storage.payments.list_of(payee_id, before=None, limit=9, to_day=MONDAY)) == [stored[0]]
