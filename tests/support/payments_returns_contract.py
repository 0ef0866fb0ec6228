"""What every storage of returned payments and cheques does alike: run on memory and on MongoDB."""

from dataclasses import replace

import pytest

from services.payments.domain.cheque import Cheque
from services.payments.domain.errors import ChangedMeanwhile
from services.payments.domain.payment import Payment
from services.payments.handlers.ports_returns import ReturnRepositories
from shared.mongo import DuplicateKey
from tests.support.payments_builders import FRIDAY, MONDAY, a_payable, a_payment, some_id
from tests.support.payments_returns_desk import WEDNESDAY


def came_back(**overrides: object) -> Payment:
    payment = a_payment(a_payable()).sent(at=FRIDAY, file_number=17).settled(on=MONDAY)
    return replace(payment.returned(on=WEDNESDAY, reason=905), **overrides)  # type: ignore[arg-type]


class ReturnRepositoryContract:
    @pytest.mark.req("BNK-5")
    async def test_what_came_back_is_found_by_its_batch_and_nothing_else_is(self, storage: ReturnRepositories) -> None:
        returned, settled = came_back(), a_payment(a_payable())
        await storage.payments.add_many([returned, settled], session=None)
        assert await storage.returns.get_by_batch(returned.batch_number, session=None) == returned
        assert await storage.returns.get_by_batch(settled.batch_number, session=None) is None

    @pytest.mark.req("PAY-7")
    async def test_a_returned_payment_has_one_successor(self, storage: ReturnRepositories) -> None:
        returned, first, second = came_back(), came_back(), came_back()
        await storage.payments.add_many([returned, replace(first, reissue_of=returned.payment_id)], session=None)
        with pytest.raises(DuplicateKey):
            await storage.payments.add_many([replace(second, reissue_of=returned.payment_id)], session=None)
        await storage.returns.mark_reissued(returned, by=first.payment_id, session=None)
        with pytest.raises(ChangedMeanwhile):
            await storage.returns.mark_reissued(returned, by=second.payment_id, session=None)
        known = await storage.returns.get_by_batch(returned.batch_number, session=None)
        assert known == replace(returned, reissued_by=first.payment_id)
        waiting = await storage.returns.list_returned(reissued=False, before=None, limit=10)
        assert [one.payment_id for one in waiting] == [first.payment_id]
        done = await storage.returns.list_returned(reissued=True, before=None, limit=10)
        assert [one.payment_id for one in done] == [returned.payment_id]

    @pytest.mark.req("BNK-5")
    @pytest.mark.parametrize(("changed_to", "flagged"), [(1, True), (2, False)])
    async def test_a_flag_is_about_the_details_up_to_a_version(
        self, storage: ReturnRepositories, changed_to: int, *, flagged: bool
    ) -> None:
        payee_id = some_id("dossier")
        await storage.payees.enrol(payee_id, account_id="account", at=FRIDAY, session=None)
        await storage.returns.flag_details(payee_id, version=1, session=None)
        await storage.payees.hold(payee_id, until=FRIDAY, session=None, version=changed_to)
        payee = (await storage.payees.get_many([payee_id], session=None))[payee_id]
        assert (payee.flagged, payee.payable(FRIDAY)) == (flagged, not flagged)
        await storage.returns.unflag_details(payee_id, session=None)
        assert (await storage.payees.get_many([payee_id], session=None))[payee_id].payable(FRIDAY)

    @pytest.mark.req("PAY-5")
    async def test_a_payment_has_one_cheque_that_is_decided_once(self, storage: ReturnRepositories) -> None:
        payment = came_back()
        assert [await storage.cheques.take_ordinal(session=None) for _ in range(2)] == [1, 2]
        cheque = Cheque.issued(payment, number="100001", at=FRIDAY)
        await storage.cheques.add(cheque, session=None)
        with pytest.raises(DuplicateKey):
            await storage.cheques.add(replace(cheque, number="100002"), session=None)
        assert await storage.cheques.get("100001", session=None) == cheque
        assert await storage.cheques.get("100002", session=None) is None
        cashed = cheque.decided("cashed", on=WEDNESDAY)
        await storage.cheques.decide(cashed, session=None)
        with pytest.raises(ChangedMeanwhile):
            await storage.cheques.decide(cheque.decided("voided", on=WEDNESDAY), session=None)
        assert await storage.cheques.list_of("cashed", before=None, limit=10) == [cashed]
        assert await storage.cheques.list_of("issued", before=None, limit=10) == []
        numbers = await storage.cheques.numbers_of([payment.payment_id, "unknown"], session=None)
        assert numbers == {payment.payment_id: "100001"}
