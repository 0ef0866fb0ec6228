"""What every implementation of notification's repositories promises: run once in memory, once on MongoDB."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.notification.domain import ContactMissing, DeliveryBusy, DeliveryState, Failure, Language, Owner, Words
from services.notification.ports import Contacts, Deliveries, Inbox
from tests.support import notification_builders as build
from tests.support.notification_builders import NOW


class ContactsPromises:
    async def test_a_contact_comes_back_as_it_was_saved(self, contacts: Contacts) -> None:
        saved = build.contact()
        await contacts.save(saved)
        assert await contacts.get(saved.account_id) == saved

    async def test_saving_again_replaces_the_address_and_adds_the_dossier(self, contacts: Contacts) -> None:
        first = build.contact(dossier_ids=("A", "B"))
        await contacts.save(first)
        later = replace(first, email="new@example.org", language=Language.ENGLISH, dossier_ids=("B", "C"))
        await contacts.save(later)
        assert await contacts.get(first.account_id) == replace(later, dossier_ids=("A", "B", "C"))

    async def test_an_address_that_arrives_late_does_not_replace_a_newer_one(self, contacts: Contacts) -> None:
        newer = build.contact(recorded_at=datetime(2026, 3, 2, tzinfo=UTC))
        await contacts.save(newer)
        await contacts.save(replace(newer, email="old@example.org", recorded_at=datetime(2026, 3, 1, tzinfo=UTC)))
        assert await contacts.get(newer.account_id) == newer

    @pytest.mark.req("REG-2")
    async def test_the_latest_chosen_address_counts_and_survives_a_change_of_the_access_address(
        self, contacts: Contacts
    ) -> None:
        known = build.contact()
        await contacts.save(known)
        await contacts.choose(known.account_id, "new@example.org", at=build.NOW)
        await contacts.choose(known.account_id, "old@example.org", at=build.NOW - timedelta(seconds=1))
        await contacts.save(replace(known, email="access@example.org", recorded_at=build.NOW))
        found = await contacts.get(known.account_id)
        assert (found.email, found.notice_email) == ("access@example.org", "new@example.org")
        await contacts.choose(known.account_id, None, at=build.NOW + timedelta(seconds=1))
        assert (await contacts.get(known.account_id)).notice_email == "access@example.org"

    @pytest.mark.req("REG-2")
    async def test_a_choice_of_an_unknown_account_is_worth_waiting_for(self, contacts: Contacts) -> None:
        with pytest.raises(ContactMissing):
            await contacts.choose(build.random_id(), "new@example.org", at=build.NOW)

    async def test_an_unknown_account_is_worth_waiting_for(self, contacts: Contacts) -> None:
        with pytest.raises(ContactMissing):
            await contacts.get(build.random_id())

    async def test_every_holder_of_a_dossier_is_found_and_nobody_else(self, contacts: Contacts) -> None:
        dossier_id = build.random_id()
        holders = [build.contact(dossier_ids=(build.random_id(), dossier_id)) for _ in range(2)]
        for contact in (*holders, build.contact(), build.contact(dossier_ids=())):
            await contacts.save(contact)
        expected = sorted(holders, key=lambda contact: contact.account_id)
        assert list(await contacts.list_by_dossier(dossier_id)) == expected

    async def test_a_provider_is_found_and_nobody_else(self, contacts: Contacts) -> None:
        provider_id = build.random_id()
        provider = build.contact(provider_id=provider_id)
        for contact in (provider, build.contact(provider_id=build.random_id()), build.contact()):
            await contacts.save(contact)
        assert list(await contacts.list_by_provider(provider_id)) == [provider]
        assert list(await contacts.list_by_provider(build.random_id())) == []


class DeliveriesPromises:
    async def test_a_new_mail_is_claimed_for_its_first_attempt(self, deliveries: Deliveries) -> None:
        delivery = build.delivery()
        assert await deliveries.claim(delivery, build.lease()) == 1
        record = await deliveries.get(delivery.delivery_id)
        assert record is not None
        assert (record.state, record.template, record.account_id, record.attempts) == (
            DeliveryState.CLAIMED,
            delivery.template,
            delivery.account_id,
            1,
        )

    async def test_a_mail_under_way_cannot_be_claimed_by_anybody(self, deliveries: Deliveries) -> None:
        delivery, lease = build.delivery(), build.lease()
        await deliveries.claim(delivery, lease)
        for second in (lease, build.lease(now=lease.until - timedelta(milliseconds=1))):
            with pytest.raises(DeliveryBusy):
                await deliveries.claim(delivery, second)

    async def test_a_lease_that_lapsed_can_be_taken_over(self, deliveries: Deliveries) -> None:
        delivery, lease = build.delivery(), build.lease()
        await deliveries.claim(delivery, lease)
        assert await deliveries.claim(delivery, build.lease(now=lease.until)) == 2

    async def test_a_renewed_lease_lasts_longer(self, deliveries: Deliveries) -> None:
        delivery, lease = build.delivery(), build.lease()
        await deliveries.claim(delivery, lease)
        await deliveries.renew([delivery.delivery_id], replace(lease, until=lease.until + timedelta(seconds=5)))
        with pytest.raises(DeliveryBusy):
            await deliveries.claim(delivery, build.lease(now=lease.until))

    async def test_a_lease_of_somebody_else_is_neither_renewed_nor_released(self, deliveries: Deliveries) -> None:
        delivery, lease = build.delivery(), build.lease()
        await deliveries.claim(delivery, lease)
        stranger = build.lease(until=lease.until + timedelta(hours=1))
        await deliveries.renew([delivery.delivery_id], stranger)
        await deliveries.release(delivery.delivery_id, stranger)
        with pytest.raises(DeliveryBusy):
            await deliveries.claim(delivery, build.lease())
        assert await deliveries.claim(delivery, build.lease(now=lease.until)) == 2

    async def test_a_released_mail_can_be_claimed_at_once(self, deliveries: Deliveries) -> None:
        delivery, lease = build.delivery(), build.lease()
        await deliveries.claim(delivery, lease)
        await deliveries.release(delivery.delivery_id, lease)
        assert await deliveries.claim(delivery, build.lease()) == 2

    async def test_a_mail_that_was_sent_is_finished(self, deliveries: Deliveries) -> None:
        delivery = build.delivery()
        await deliveries.claim(delivery, build.lease())
        await deliveries.record_sent(delivery.delivery_id, NOW)
        assert await deliveries.claim(delivery, build.lease(now=NOW + timedelta(days=1))) is None
        record = await deliveries.get(delivery.delivery_id)
        assert record is not None
        assert (record.state, record.finished_at, record.reason) == (DeliveryState.SENT, NOW, None)

    @pytest.mark.parametrize("state", [DeliveryState.FAILED, DeliveryState.EXPIRED])
    async def test_a_mail_given_up_for_good_is_finished(self, deliveries: Deliveries, state: DeliveryState) -> None:
        delivery = build.delivery()
        await deliveries.claim(delivery, build.lease())
        await deliveries.record_failure(Failure(delivery, state, "refused(550)", 1, NOW, final=True))
        assert await deliveries.claim(delivery, build.lease(now=NOW + timedelta(days=1))) is None
        record = await deliveries.get(delivery.delivery_id)
        assert record is not None
        assert (record.state, record.finished_at, record.reason) == (state, NOW, "refused(550)")

    async def test_a_mail_given_up_for_now_can_be_tried_again(self, deliveries: Deliveries) -> None:
        delivery = build.delivery()
        await deliveries.claim(delivery, build.lease())
        await deliveries.record_failure(Failure(delivery, DeliveryState.FAILED, "away", 1, NOW, final=False))
        assert await deliveries.claim(delivery, build.lease()) == 2
        record = await deliveries.get(delivery.delivery_id)
        assert record is not None
        assert (record.state, record.finished_at, record.reason) == (DeliveryState.CLAIMED, None, None)

    async def test_a_mail_that_was_sent_stays_sent_whatever_is_reported_later(self, deliveries: Deliveries) -> None:
        delivery = build.delivery()
        await deliveries.claim(delivery, build.lease())
        await deliveries.record_sent(delivery.delivery_id, NOW)
        await deliveries.record_failure(Failure(delivery, DeliveryState.FAILED, "late", 1, NOW, final=True))
        record = await deliveries.get(delivery.delivery_id)
        assert record is not None
        assert record.state is DeliveryState.SENT

    async def test_an_unknown_delivery_is_none(self, deliveries: Deliveries) -> None:
        assert await deliveries.get(build.random_id()) is None


CONTENT = bytes(range(256)) * 2_300
"""More than two pieces of a file."""


@pytest.mark.req("MSG-2")
class InboxPromises:
    async def test_a_message_comes_back_as_it_was_added_with_its_files(self, inbox: Inbox) -> None:
        contents = {"lettre.pdf": b"%PDF", "accord-signe.pdf": CONTENT}
        message = build.inbox_message(contents)
        assert await inbox.add(message, contents)
        assert await inbox.get(message.message_id) == message
        for name, content in contents.items():
            assert await inbox.content(message.message_id, name) == content

    async def test_a_message_is_added_once_and_the_first_stays(self, inbox: Inbox) -> None:
        message = build.inbox_message({"a.pdf": b"first"})
        await inbox.add(message, {"a.pdf": b"first"})
        again = replace(message, subject=Words("Autre", "Other"), position=build.random_position())
        assert not await inbox.add(again, {"a.pdf": b"second"})
        assert await inbox.get(message.message_id) == message
        assert await inbox.content(message.message_id, "a.pdf") == b"first"

    async def test_the_unknown_is_none(self, inbox: Inbox) -> None:
        message = build.inbox_message({"a.pdf": b"%PDF"})
        await inbox.add(message, {"a.pdf": b"%PDF"})
        assert await inbox.get(build.random_id()) is None
        assert await inbox.content(message.message_id, "b.pdf") is None
        assert await inbox.content(build.random_id(), "a.pdf") is None

    async def test_lists_hold_what_the_owners_have_the_latest_first_page_by_page(self, inbox: Inbox) -> None:
        person, provider = Owner(account_id=build.random_id()), Owner(provider_id=build.random_id())
        messages = [build.inbox_message(owner=owner) for owner in (person, provider, person)]
        for message in (*messages, build.inbox_message()):
            await inbox.add(message, {})
        assert await inbox.list_of([person, provider], before=None, limit=9) == messages[::-1]
        assert await inbox.list_of([person, provider], before=None, limit=2) == messages[:0:-1]
        assert await inbox.list_of([person, provider], before=messages[1].position, limit=2) == messages[:1]
        assert await inbox.list_of([provider], before=None, limit=9) == [messages[1]]

    async def test_an_account_and_a_provider_with_one_id_have_two_inboxes(self, inbox: Inbox) -> None:
        shared = build.random_id()
        message = build.inbox_message(owner=Owner(account_id=shared))
        await inbox.add(message, {})
        assert await inbox.list_of([Owner(provider_id=shared)], before=None, limit=9) == []

    async def test_reading_counts_once_and_is_told_in_lists(self, inbox: Inbox) -> None:
        owner = Owner(account_id=build.random_id())
        first, second = (build.inbox_message(owner=owner) for _ in range(2))
        for message in (first, second):
            await inbox.add(message, {})
        assert await inbox.count_unread([owner]) == 2
        assert await inbox.mark_read(first, at=NOW, account_id="a")
        assert not await inbox.mark_read(first, at=NOW + timedelta(hours=1), account_id="b")
        read = replace(first, read_at=NOW)
        assert await inbox.get(first.message_id) == read
        assert await inbox.list_of([owner], before=None, limit=9) == [second, read]
        assert await inbox.count_unread([owner]) == 1
