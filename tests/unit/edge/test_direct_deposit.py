"""Direct deposit at the edge (BNK-1, BNK-2)."""

import orjson
import pytest

from shared.contracts.banking import DirectDepositView, EnrolDirectDeposit, GetDirectDeposit
from shared.tokens import Binding
from tests.support import keys
from tests.support.edge_api import Edge

DETAILS = {"transit": "01234", "institution": "815", "account": "000987654321"}


@pytest.mark.req("BNK-1", "BNK-2")
async def test_bank_details_travel_sealed_for_banking_and_this_dossier(
    edge: Edge, capsys: pytest.CaptureFixture[str]
) -> None:
    edge.rpc.replies[EnrolDirectDeposit] = DirectDepositView(enrolled=True, account_ending="321")

    answer = await edge.client.put("/direct-deposit", json=DETAILS, headers=edge.bearer(dossier_id="dossier-9"))

    assert (answer.status_code, answer.json()["account_ending"]) == (200, "321")
    [command] = edge.rpc.of(EnrolDirectDeposit)
    binding = Binding("direct_deposit", "dossier-9")
    assert orjson.loads(keys.opener("banking").open(command.details, binding=binding, now=edge.clock())) == DETAILS
    shown = capsys.readouterr()
    assert all(secret not in repr(command) + shown.out + shown.err for secret in DETAILS.values() if len(secret) > 4)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("transit", "1234"),
        ("transit", "0123٤"),
        ("institution", "0815"),
        ("account", ""),
        ("account", "1234567890123"),
        ("account", "12-34"),
        ("account", 987654321),
    ],
)
@pytest.mark.req("BNK-1")
async def test_boxes_of_the_wrong_shape_are_named_and_not_repeated(edge: Edge, name: str, value: object) -> None:
    answer = await edge.client.put("/direct-deposit", json=DETAILS | {name: value}, headers=edge.bearer())

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"#/{name}"
    assert not value or str(value) not in answer.text.replace(answer.headers["x-request-id"], "")
    assert edge.rpc.asked == []


@pytest.mark.req("BNK-2")
async def test_direct_deposit_is_shown_as_banking_masks_it(edge: Edge) -> None:
    view = DirectDepositView(enrolled=True, institution_name="Caisse", account_ending="321")
    edge.rpc.replies[GetDirectDeposit] = view

    answer = await edge.client.get("/direct-deposit", headers=edge.bearer())

    assert answer.content == view.model_dump_json().encode()
