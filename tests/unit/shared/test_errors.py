"""Families of errors, and what crosses the bus of them."""

import importlib
import pkgutil

import pytest

import services
import shared
from shared.errors import FAMILIES, AppError, Conflict, Forbidden, NotFound, Rejected, Throttled, Transient

LOCAL_FAMILIES = {"defect", "unauthenticated"}
"""Families that no service answers with: they are decided where they arise."""


def every_error() -> set[type[AppError]]:
    for package in (shared, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    found: set[type[AppError]] = set()
    pending: list[type[AppError]] = [AppError]
    while pending:
        kinds = pending.pop().__subclasses__()
        found.update(kinds)
        pending += kinds
    return {kind for kind in found if kind.__module__.startswith(("shared.", "services."))}


def test_every_error_of_a_service_behind_the_bus_is_of_a_family_that_survives_it():
    """The edge answers over HTTP and may have families of its own."""
    behind = {kind for kind in every_error() if not kind.__module__.startswith("services.edge.")}
    strange = {kind.__qualname__ for kind in behind if kind.family not in {*FAMILIES, *LOCAL_FAMILIES}}
    assert not strange
    assert len(behind) > len(FAMILIES)


@pytest.mark.parametrize("kind", [Rejected, NotFound, Conflict, Forbidden, Throttled, Transient])
def test_a_family_is_found_by_its_name(kind):
    assert FAMILIES[kind.family] is kind
    assert len({each.family for each in FAMILIES.values()}) == len(FAMILIES) == 6


def test_an_error_tells_its_code_and_the_values_that_it_mentions():
    error = NotFound("claims.not_found", claim_number="7K2M-9QXA-4T1B", tries=2)
    assert (error.code, error.params) == ("claims.not_found", {"claim_number": "7K2M-9QXA-4T1B", "tries": 2})
    assert str(error) == "claims.not_found(claim_number=7K2M-9QXA-4T1B, tries=2)"
    assert str(Transient("database.unavailable")) == "database.unavailable"


def test_a_value_may_be_called_code():
    assert AppError("banking.rejected", code="900").params == {"code": "900"}


def test_an_error_without_family_is_a_defect():
    assert AppError("anything").family == "defect"
