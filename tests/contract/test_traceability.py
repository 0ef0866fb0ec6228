"""The page of proofs is true."""

import pytest

from tests.support import traceability


@pytest.mark.wide
def test_the_traceability_page_is_up_to_date() -> None:
    assert traceability.TARGET.read_text(encoding="utf-8") == traceability.rendered(), "run `make contracts`"


def test_the_requirements_of_the_first_step_are_proven() -> None:
    first_step = {
        "REG-1", "REG-20", "REG-21", "LOG-1", "LOG-2", "CLM-1", "CLM-7", "CLM-8", "CLM-9", "BNK-1", "BNK-2", "BNK-4",
        "PAY-1", "PAY-3", "PAY-6", "PAY-7", "SUB-1", "SUB-2", "MSG-1", "MSG-3",
    }  # fmt: skip
    assert first_step <= traceability.proofs().keys()
