"""Files of returns leave the edge sealed for banking; what agents do with returned payments is relayed (BNK-5)."""

from datetime import UTC, date, datetime

import httpx
import pytest

from shared.contracts.banking_returns import (
    RETURN_FILE_LIMIT_BYTES,
    SEALED_FILE_LIMIT,
    ImportReturnFile,
    ReturnFileView,
)
from shared.contracts.payments_returns import ReissuePayment
from shared.errors import Conflict
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import Edge

CONTENT = b"A000000001 815-30123-4815162342 \xe9\r\n"
VIEW = ReturnFileView(
    sha256="0" * 64,
    file_number=7,
    creation_date=date(2026, 11, 25),
    items=1,
    applied=1,
    repeated=0,
    exceptions=0,
    imported_at=datetime(2026, 11, 25, 15, tzinfo=UTC),
)


async def upload(edge: Edge, content: bytes, media_type: str = "text/plain") -> httpx.Response:
    headers = edge.bearer(roles=("agent",), dossier_id=None) | {"content-type": media_type}
    return await edge.client.post("/administration/bank-returns", content=content, headers=headers)


@pytest.mark.req("BNK-2", "BNK-5")
async def test_a_file_of_returns_travels_sealed_for_banking_and_its_agent(edge: Edge) -> None:
    edge.rpc.replies[ImportReturnFile] = VIEW
    answer = await upload(edge, CONTENT)
    assert (answer.status_code, answer.json()["applied"]) == (200, 1)
    (asked,) = edge.rpc.asked
    assert "4815162342" not in asked.message.model_dump_json()
    (command,) = edge.rpc.of(ImportReturnFile)
    assert asked.actor is not None
    binding = Binding("return_file", asked.actor.account_id)
    opened = keys.opener("banking").open(command.file, binding=binding, now=edge.clock(), maximum=SEALED_FILE_LIMIT)
    assert opened.encode("latin-1") == CONTENT


@pytest.mark.req("BNK-5")
async def test_the_largest_file_fits_and_a_larger_one_is_refused(edge: Edge) -> None:
    edge.rpc.replies[ImportReturnFile] = VIEW
    largest = b"9" * RETURN_FILE_LIMIT_BYTES
    assert (await upload(edge, largest)).status_code == 200
    assert (await upload(edge, largest + b"9")).status_code == 413
    assert len(edge.rpc.asked) == 1


@pytest.mark.req("BNK-5")
@pytest.mark.parametrize(
    ("content", "media_type", "status"), [(b"", "text/plain", 422), (CONTENT, "application/json", 415)]
)
async def test_nothing_and_something_else_is_refused_before_anybody_is_asked(
    edge: Edge, content: bytes, media_type: str, status: int
) -> None:
    assert (await upload(edge, content, media_type)).status_code == status
    assert not edge.rpc.asked


@pytest.mark.req("BNK-5")
async def test_why_a_payment_is_not_re_issued_is_said_in_the_agents_language(edge: Edge) -> None:
    edge.rpc.replies[ReissuePayment] = Conflict("payments.details_not_changed")
    headers = edge.bearer(roles=("agent",), dossier_id=None) | {"accept-language": "fr"}
    path = "/administration/returned-payments/10000042/reissue"
    answer = await edge.client.post(path, json={"method": "deposit"}, headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (409, "Coordonnées inchangées")
    (command,) = edge.rpc.of(ReissuePayment)
    assert (command.batch_number, command.method, command.details_confirmed) == ("10000042", "deposit", False)
    wrong = await edge.client.post(path, json={"method": "cash"}, headers=headers)
    assert wrong.status_code == 422
