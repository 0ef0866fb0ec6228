"""What every implementation of the repository of agreements promises: run once in memory, once on MongoDB."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.identity.handlers.agreement_ports import AgreementRepository
from shared.mongo import DuplicateKey
from tests.support import hygienist_builders as build


@pytest.mark.req("REG-19")
class AgreementRepositoryPromises:
    async def test_an_agreement_comes_back_as_it_was_signed(self, agreements: AgreementRepository) -> None:
        signed = replace(build.agreement(language="en"), document_digest="0" * 64)
        await agreements.add(signed)
        assert await agreements.latest_of(signed.provider_id) == signed

    async def test_a_text_is_signed_once(self, agreements: AgreementRepository) -> None:
        signed = build.agreement()
        await agreements.add(signed)
        with pytest.raises(DuplicateKey):
            await agreements.add(replace(signed, language="en"))

    async def test_the_one_signed_last_counts_and_nobody_else_s(self, agreements: AgreementRepository) -> None:
        first = build.agreement()
        later = replace(first.signing, signed_at=first.signing.signed_at + timedelta(days=365))
        second = replace(first, signing=later, text_version="2027-1")
        for each in (second, first, build.agreement()):
            await agreements.add(each)
        assert await agreements.latest_of(first.provider_id) == second

    async def test_somebody_who_signed_nothing_has_none(self, agreements: AgreementRepository) -> None:
        assert await agreements.latest_of("nobody") is None
