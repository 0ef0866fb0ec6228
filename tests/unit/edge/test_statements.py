"""Lists of payments and statements as files over HTTP (PAY-2 to PAY-5)."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.payments import ListPayments, ListProviderPayments, PaymentsPage, PaymentView
from shared.contracts.payments_statements import (
    ChooseStatementDelivery,
    GetStatementDocument,
    ReadStatementDocument,
    StatementDeliveryView,
    StatementDocumentView,
)
from shared.errors import NotFound
from tests.support.edge_api import Edge

PAID_ON = date(2026, 11, 23)
MEMBER: dict[str, Any] = {"roles": ("member",), "dossier_id": "dossier-1", "features": ("payments",)}
PROVIDER: dict[str, Any] = {"roles": ("provider",), "provider_id": "provider-1", "services": ("payments",)}


def payment(number: int, **overrides: object) -> PaymentView:
    facts: dict[str, object] = {
        "batch_number": str(10_000_000 + number),
        "claims": 3,
        "amount_cents": 369_010,
        "status": "settled",
        "payable_on": PAID_ON - timedelta(days=number),
        "scheduled_at": datetime(2026, 11, 20, 15, tzinfo=UTC),
        "sent_at": datetime(2026, 11, 21, 2, tzinfo=UTC),
        "settled_on": PAID_ON,
        "settled_cents": 369_010,
    }
    return PaymentView.model_validate(facts | overrides)


def headers(edge: Edge, **facts: Any) -> dict[str, str]:
    """Of somebody who reads French."""
    actor = Actor(account_id=new_id(), session_id=new_id(), language="fr", **facts)
    return {
        "authorization": f"Bearer {edge.backend.access.issue(actor, expires_at=edge.clock() + timedelta(minutes=10))}"
    }


@pytest.mark.req("PAY-2", "PAY-4")
async def test_the_list_is_written_as_french_spreadsheets_read_it(edge: Edge) -> None:
    on_its_way = payment(2, status="sent", settled_on=None, settled_cents=0)
    edge.rpc.replies[ListPayments] = PaymentsPage(payments=(payment(1), on_its_way))

    answer = await edge.client.get("/payments.csv", headers=headers(edge, **MEMBER))

    assert answer.status_code == httpx.codes.OK
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="paiements.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows == [
        [
            "Numéro de lot",
            "Nombre de demandes",
            "Date payée",
            "Montant payé",
            "Montant déposé",
            "Date d’envoi",
            "Statut",
        ],
        ["10000001", "3", "2026-11-22", "3690,10", "3690,10", "2026-11-20", "Déposé"],
        ["10000002", "3", "2026-11-21", "3690,10", "0,00", "2026-11-20", "Envoyé"],
    ]


@pytest.mark.req("PAY-2", "PAY-4")
async def test_all_pages_of_the_days_asked_for_follow_each_other(edge: Edge) -> None:
    def page(query: ListProviderPayments) -> PaymentsPage:
        if query.before is None:
            return PaymentsPage(payments=(payment(3), payment(2)), next_before="10000002")
        return PaymentsPage(payments=(payment(1, status="returned"),))

    edge.rpc.replies[ListProviderPayments] = page
    answer = await edge.client.get(
        "/provider/payments.csv",
        params={"from_day": "2026-11-01", "to_day": "2026-11-30", "language": "en"},
        headers=headers(edge, **PROVIDER),
    )

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["Batch number"] for row in rows] == ["10000003", "10000002", "10000001"]
    assert rows[2]["Amount paid"] == "3690.10"
    assert rows[2]["Status"] == "Returned by the bank"
    asked = edge.rpc.of(ListProviderPayments)
    assert [query.before for query in asked] == [None, "10000002"]
    assert {(query.from_day, query.to_day, query.limit) for query in asked} == {
        (date(2026, 11, 1), date(2026, 11, 30), 100)
    }


@pytest.mark.req("PAY-2")
@pytest.mark.parametrize("path", ["/payments", "/payments.csv"])
@pytest.mark.parametrize(
    "days", [{"from_day": "2026-13-01"}, {"to_day": "soon"}, {"from_day": "2026-11-02", "to_day": "2026-11-01"}]
)
async def test_days_that_are_none_or_the_wrong_way_round_are_refused(
    edge: Edge, path: str, days: dict[str, str]
) -> None:
    answer = await edge.client.get(path, params=days, headers=headers(edge, **MEMBER))
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert edge.rpc.asked == []


async def test_a_refusal_of_the_list_is_told_before_anything_is_written(edge: Edge) -> None:
    edge.rpc.replies[ListPayments] = NotFound("payments.no_dossier")
    answer = await edge.client.get("/payments.csv", headers=headers(edge, **MEMBER))
    assert (answer.status_code, answer.json()["code"]) == (404, "payments.no_dossier")


@pytest.mark.req("PAY-3")
@pytest.mark.parametrize(
    ("path", "form", "payee"),
    [
        ("/statements/10000042.pdf", "pdf", "dossier"),
        ("/statements/10000042.csv", "csv", "dossier"),
        ("/provider/statements/10000042.pdf", "pdf", "provider"),
        ("/provider/statements/10000042.csv", "csv", "provider"),
    ],
)
async def test_a_statement_comes_as_a_file_to_be_kept(edge: Edge, path: str, form: str, payee: str) -> None:
    edge.rpc.replies[GetStatementDocument] = StatementDocumentView(
        name=f"releve-10000042.{form}", media_type="application/pdf", sha256="ab12", content=b"%PDF\x00\xff"
    )
    person = PROVIDER if payee == "provider" else MEMBER
    answer = await edge.client.get(path, params={"language": "en"}, headers=headers(edge, **person))

    assert (answer.status_code, answer.content) == (httpx.codes.OK, b"%PDF\x00\xff")
    assert answer.headers["content-disposition"] == f'attachment; filename="releve-10000042.{form}"'
    assert answer.headers["etag"] == '"ab12"'
    assert answer.headers["content-security-policy"].startswith("sandbox")
    assert edge.rpc.of(GetStatementDocument) == [
        GetStatementDocument.model_validate(
            {"batch_number": "10000042", "form": form, "payee": payee, "language": "en"}
        )
    ]


@pytest.mark.req("PAY-3")
@pytest.mark.parametrize("path", ["/statements/1.pdf", "/statements/10000042.pdf?language=de"])
async def test_a_number_or_language_that_cannot_be_is_refused_before_anybody_is_asked(edge: Edge, path: str) -> None:
    answer = await edge.client.get(path, headers=headers(edge, **MEMBER))
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert edge.rpc.asked == []


@pytest.mark.req("PAY-3")
async def test_agents_take_any_statement(edge: Edge) -> None:
    edge.rpc.replies[ReadStatementDocument] = StatementDocumentView(
        name="releve-10000042.pdf", media_type="application/pdf", sha256="ab12", content=b"%PDF"
    )
    answer = await edge.client.get("/administration/statements/10000042.pdf", headers=headers(edge, roles=("agent",)))
    assert answer.content == b"%PDF"


@pytest.mark.req("PAY-5")
@pytest.mark.parametrize("payee", ["dossier", "provider"])
async def test_paper_is_asked_for_by_members_and_by_providers(edge: Edge, payee: str) -> None:
    edge.rpc.replies[ChooseStatementDelivery] = StatementDeliveryView(by_post=True)
    path = "/statement-delivery" if payee == "dossier" else "/provider/statement-delivery"
    person = PROVIDER if payee == "provider" else MEMBER
    answer = await edge.client.put(path, json={"by_post": True}, headers=headers(edge, **person))
    assert answer.json() == {"by_post": True, "chosen_at": None}
    (asked,) = edge.rpc.of(ChooseStatementDelivery)
    assert (asked.payee, asked.by_post) == (payee, True)
