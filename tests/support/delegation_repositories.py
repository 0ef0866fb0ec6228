"""What every implementation of delegation's repositories promises: run once in memory, once on MongoDB."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.identity.domain.accounts import DELEGATE, PROVIDER
from services.identity.domain.delegate_emails import mailbox_key
from services.identity.domain.delegation_errors import DelegationChangedError, GrantChangedError
from services.identity.domain.delegations import (
    CertificateSignature,
    Form,
    Party,
    Service,
    SignatureKind,
    Signing,
    State,
)
from services.identity.domain.grants import GrantStatus
from services.identity.handlers.delegation_ports import (
    DelegationRepository,
    FormRepository,
    GrantRepository,
    HolderRepository,
    SigningRepository,
)
from services.identity.ports import AccountRepository
from shared.clock import new_id, utc_now
from shared.mongo import DuplicateKey
from tests.support import delegation_builders as build
from tests.support import identity_builders


def form(**changes: object) -> Form:
    values = {
        "upload_id": new_id(),
        "sha256": secrets.token_hex(32),
        "size": 10,
        "pages": 1,
        "slices": 1,
        "sending_id": None,
    }
    return Form(**(values | changes))  # type: ignore[arg-type]


SIGNED = CertificateSignature(
    signer="Dre Anaïs Côté", issuer="Autorité", trusted=True, stated_at=datetime(2026, 11, 20, 15, tzinfo=UTC)
)


class DelegationRepositoryPromises:
    async def test_a_request_comes_back_as_it_was_saved(self, delegations: DelegationRepository) -> None:
        draft = build.request(valid_to=None)
        await delegations.add(draft)
        assert await delegations.get(draft.request_id) == draft
        submitted = draft.attach(
            form(certificates=(SIGNED, replace(SIGNED, stated_at=None))),
            SignatureKind.DIGITAL_CERTIFICATE,
            now=utc_now(),
        )
        await delegations.save(submitted)
        stored = replace(submitted, version=2)
        assert await delegations.get(draft.request_id) == stored
        assert await delegations.get_by_reference(draft.reference) == stored
        assert stored.form is not None
        assert await delegations.get_by_form(stored.form.sha256) == stored
        assert await delegations.get(new_id()) is None

    @pytest.mark.req("DEL-2")
    async def test_one_request_per_delegate_and_service_is_open(self, delegations: DelegationRepository) -> None:
        first = build.request()
        await delegations.add(first)
        twin = build.request(
            provider_id=first.provider_id, delegate_email=f"x+{first.delegate_email}", service=first.service
        )
        twin = replace(twin, delegate_email=first.delegate_email.upper())
        with pytest.raises(DuplicateKey):
            await delegations.add(twin)
        await delegations.add(replace(twin, request_id=new_id(), service=Service.INBOX))
        await delegations.save(first.withdraw(now=utc_now()))
        await delegations.add(replace(twin, reference=build.random_reference()))

    @pytest.mark.req("DEL-4")
    async def test_a_form_belongs_to_one_request(self, delegations: DelegationRepository) -> None:
        mine, other = build.request(), build.request()
        for request in (mine, other):
            await delegations.add(request)
        attached = form()
        await delegations.save(mine.attach(attached, SignatureKind.SCANNED, now=utc_now()))
        with pytest.raises(DuplicateKey):
            await delegations.save(other.attach(attached, SignatureKind.SCANNED, now=utc_now()))

    async def test_an_older_version_is_not_saved(self, delegations: DelegationRepository) -> None:
        draft = build.request()
        await delegations.add(draft)
        await delegations.save(draft.sign(Party.PROVIDER, now=utc_now()))
        with pytest.raises(DelegationChangedError):
            await delegations.save(draft.withdraw(now=utc_now()))

    @pytest.mark.req("DEL-5")
    async def test_the_queue_is_in_order_of_receipt_and_can_be_paged(self, delegations: DelegationRepository) -> None:
        now, added = utc_now(), []
        for minutes in (3, 1, 2, 2):
            draft = build.request()
            await delegations.add(draft)
            await delegations.save(draft.attach(form(), SignatureKind.STYLUS, now=now + timedelta(minutes=minutes)))
            added.append(draft.request_id)
        expected = [added[1], *sorted([added[2], added[3]]), added[0]]
        first = await delegations.list_by_receipt(State.SUBMITTED, after=None, limit=2)
        assert [each.request_id for each in first] == expected[:2]
        last = first[-1]
        assert last.received_at is not None
        rest = await delegations.list_by_receipt(State.SUBMITTED, after=(last.received_at, last.request_id), limit=10)
        assert [each.request_id for each in rest] == expected[2:]
        assert await delegations.list_by_receipt(State.APPROVED, after=None, limit=10) == []

    async def test_requests_are_listed_by_provider_sending_and_mailbox(self, delegations: DelegationRepository) -> None:
        mine = build.request()
        second = build.request(provider_id=mine.provider_id)
        for request in (mine, second, build.request()):
            await delegations.add(request)
        own = await delegations.list_by_provider(mine.provider_id, limit=5)
        assert [each.request_id for each in own] == [second.request_id, mine.request_id]
        sent = mine.attach(form(sending_id="sending-1"), SignatureKind.STYLUS, now=utc_now())
        await delegations.save(sent)
        by_sending = await delegations.list_by_sending(mine.provider_id, "sending-1")
        assert [each.request_id for each in by_sending] == [mine.request_id]
        assert await delegations.list_by_sending("another", "sending-1") == []
        keys = {mailbox_key(mine.delegate_email)}
        assert [each.request_id for each in await delegations.list_open_by_mailboxes(keys)] == [mine.request_id]
        await delegations.save(replace(sent, version=2).withdraw(now=utc_now()))
        assert await delegations.list_open_by_mailboxes(keys) == []


class SigningRepositoryPromises:
    async def test_a_signature_under_way_is_remembered_and_confirmed(self, signings: SigningRepository) -> None:
        added = Signing(
            signing_id=new_id(),
            reference=build.random_reference(),
            request_id=None,
            party=Party.DELEGATE,
            started_at=utc_now(),
        )
        await signings.add(added)
        assert await signings.get(added.signing_id) == added
        now = utc_now()
        await signings.confirm(added.signing_id, now=now)
        assert await signings.get(added.signing_id) == replace(added, confirmed_at=now)
        assert await signings.get(new_id()) is None
        with pytest.raises(DuplicateKey):
            await signings.add(added)

    async def test_signatures_are_counted_by_reference_party_and_time(self, signings: SigningRepository) -> None:
        reference, since = build.random_reference(), utc_now() - timedelta(hours=1)
        for party, started_at, named in (
            (Party.DELEGATE, utc_now(), reference),
            (Party.DELEGATE, since, reference),
            (Party.PROVIDER, utc_now(), reference),
            (Party.DELEGATE, utc_now(), build.random_reference()),
        ):
            await signings.add(
                Signing(signing_id=new_id(), reference=named, request_id=None, party=party, started_at=started_at)
            )
        assert await signings.count_since(reference, Party.DELEGATE, since=since) == 1


class FormRepositoryPromises:
    async def test_slices_come_back_in_order_to_their_request_alone(self, files: FormRepository) -> None:
        upload_id, request_id = new_id(), new_id()
        for position in (1, 0, 1):
            await files.put(upload_id, position, bytes([position]) * 3, request_id=request_id, now=utc_now())
        assert list(await files.load(upload_id, request_id=request_id)) == [b"\0\0\0", b"\1\1\1"]
        assert list(await files.load(upload_id, request_id=new_id())) == []
        assert await files.slice(upload_id, 1) == b"\1\1\1"
        assert await files.slice(upload_id, 2) is None
        await files.keep(upload_id)
        assert len(await files.load(upload_id, request_id=request_id)) == 2


class GrantRepositoryPromises:
    @pytest.mark.req("DEL-8", "D1")
    async def test_there_is_one_row_per_provider_delegate_and_service(self, grants: GrantRepository) -> None:
        grant = build.grant()
        await grants.add(grant)
        with pytest.raises(DuplicateKey):
            await grants.add(replace(grant, grant_id=new_id()))
        other = replace(grant, grant_id=new_id(), service=Service.INBOX)
        await grants.add(other)
        assert await grants.find(grant.provider_id, grant.account_id, "billing") == grant
        assert list(await grants.list_by_account(grant.account_id)) == [grant, other]
        assert list(await grants.list_by_provider(grant.provider_id)) == [grant, other]
        assert await grants.get(new_id()) is None

    async def test_an_older_version_is_not_saved(self, grants: GrantRepository) -> None:
        grant = build.grant(valid_to=None)
        await grants.add(grant)
        await grants.save(grant.with_status(GrantStatus.SUSPENDED))
        stored = await grants.get(grant.grant_id)
        assert stored == replace(grant, status=GrantStatus.SUSPENDED, version=2)
        with pytest.raises(GrantChangedError):
            await grants.save(grant.with_status(GrantStatus.REVOKED))


class HolderRepositoryPromises:
    async def test_accounts_are_found_by_id_address_and_provider(
        self, accounts: AccountRepository, holders: HolderRepository
    ) -> None:
        provider = identity_builders.account(roles=(PROVIDER,), provider_id=new_id(), dossiers=())
        delegate = identity_builders.account(roles=(DELEGATE,), user_name="luc482913", dossiers=())
        member = identity_builders.account(email=delegate.email)
        for account in (provider, delegate, member):
            await accounts.add(account)
        found = await holders.get(provider.account_id)
        assert found is not None
        assert (found.name, found.provider_id, found.active) == (provider.display_name, provider.provider_id, True)
        by_email = await holders.list_by_emails({delegate.email})
        assert {holder.account_id for holder in by_email} == {delegate.account_id, member.account_id}
        assert dict(await holders.by_provider([str(provider.provider_id), "nobody"])) == {provider.provider_id: found}
        assert await holders.get(new_id()) is None

    @pytest.mark.req("DEL-6", "D1")
    async def test_an_address_has_one_delegate_account(self, accounts: AccountRepository) -> None:
        first = identity_builders.account(roles=(DELEGATE,), user_name="luc482913", dossiers=())
        await accounts.add(first)
        with pytest.raises(DuplicateKey):
            await accounts.add(
                identity_builders.account(roles=(DELEGATE,), user_name="luc1", email=first.email, dossiers=())
            )
        await accounts.add(identity_builders.account(email=first.email))
