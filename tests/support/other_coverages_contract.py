"""What every storage of other insurers' plans does alike."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.claims.domain.circumstances import Custody, HeldAs, Holding, OtherCoverage
from services.claims.handlers.ports_lookups import OtherCoverageRepository
from tests.support.claims_builders import CHILD, SPOUSE

AT = datetime(2026, 6, 15, 13, 0, tzinfo=UTC)


def other_coverage(**overrides: object) -> OtherCoverage:
    """The spouse's own plan, which covers the child too."""
    fields: dict[str, object] = {
        "id": "other-1",
        "insurer": "Assurance Boréale",
        "person_ids": frozenset({SPOUSE, CHILD}),
        "ours": Holding(HeldAs.DEPENDANT, birthday=(2, 20), first_name="Camille"),
        "theirs": Holding(HeldAs.DEPENDANT, birthday=(1, 5), custody=Custody.TOGETHER),
        "effective_from": date(2024, 1, 1),
        **overrides,
    }
    return OtherCoverage(**fields)  # type: ignore[arg-type]


@pytest.mark.req("CLM-8")
class OtherCoveragesContract:
    async def test_declarations_come_back_as_they_were(self, declared: OtherCoverageRepository) -> None:
        first = other_coverage(effective_to=date(2026, 12, 31))
        since = Holding(HeldAs.MEMBER_FULL_TIME, since=date(2020, 5, 1))
        second = other_coverage(id="other-2", person_ids=frozenset({SPOUSE}), theirs=since, ours=since)
        for each in (second, first):
            await declared.put("dossier-1", each, by="account-1", at=AT, session=None)

        assert await declared.of_dossier("dossier-1", session=None) == (first, second)
        assert await declared.get_many(["dossier-1", "dossier-2"]) == {"dossier-1": (first, second)}

    async def test_the_same_id_again_changes_the_declaration(self, declared: OtherCoverageRepository) -> None:
        first = other_coverage()
        ended = replace(first, effective_to=date(2026, 3, 31))
        for each in (first, ended):
            await declared.put("dossier-1", each, by="account-1", at=AT, session=None)

        assert await declared.of_dossier("dossier-1", session=None) == (ended,)
        assert await declared.of_dossier("dossier-2", session=None) == ()
