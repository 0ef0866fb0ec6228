"""The route table: every route has a rule, keeps it, and is described."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime

import pytest
from starlette.routing import Route

from services.edge.asgi import DOCS_PATH, OPENAPI_PATH, EdgeApi
from services.edge.auth.access import Who
from services.edge.language import Text
from services.edge.openapi import document
from services.edge.routes import TABLE
from services.edge.routes.table import Relay, Row, Special
from services.edge.topology import TOPOLOGY
from shared.clock import new_id
from shared.contracts.claims import ClaimView, GetClaim, ListClaims
from shared.contracts.claims.catalogue import ClaimTypesView, SearchClaimTypes
from shared.contracts.identity import AccountView, GetAccount
from shared.contracts.payments import CloseRun, RunView
from shared.errors import NotFound
from tests.support.edge_api import Edge, account_view, problem_code, running_edge

FILLED = {"claim_number": "7K2M-9QXA-4T1B", "batch_number": "10000042", "din": "99000011"}


def url(row: Row) -> str:
    return row.path.format(**{name: FILLED.get(name, "something") for name in row.path_parameters})


@pytest.fixture(scope="module")
async def closed_edge() -> AsyncIterator[Edge]:
    """One for all requests that are refused: they leave nothing behind, and each test looks whether that is so."""
    async with running_edge() as edge:
        yield edge


CLOSED = tuple(row for row in TABLE if row.who is not Who.PUBLIC)


@pytest.mark.req("R7")
def test_every_route_of_the_application_stands_in_the_table_with_a_rule(edge: Edge) -> None:
    api = EdgeApi(edge.backend, ids=new_id)
    served = {
        (method, route.path)
        for route in api.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }

    tabled = {(row.method, row.path) for row in TABLE}
    assert served - tabled == {("GET", OPENAPI_PATH), ("GET", DOCS_PATH)}
    assert tabled <= served
    assert len(tabled) == len(TABLE)
    assert all(isinstance(row.who, Who) for row in TABLE)


def test_a_row_without_a_rule_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="who"):
        Relay(  # type: ignore[call-arg]
            method="GET", path="/x", tag="claims", summary=Text("x", "x"), message=ListClaims, answer=ClaimView
        )


@pytest.mark.parametrize(
    ("path", "query", "who"),
    [
        ("/claims", (), Who.MEMBER),  # claim_number has no source
        ("/claims/{claim_number}", ("claim_number",), Who.MEMBER),  # two sources
        ("/claims/{claim_number}", ("colour",), Who.MEMBER),  # not a field
        ("/claims/{claim_number}", (), Who.PUBLIC),  # nobody asks
    ],
)
def test_a_row_that_does_not_fit_its_message_cannot_be_written(path: str, query: tuple[str, ...], who: Who) -> None:
    with pytest.raises(TypeError):
        Relay(
            method="GET",
            path=path,
            who=who,
            tag="claims",
            summary=Text("x", "x"),
            message=GetClaim,
            query=query,
            answer=ClaimView,
        )


def test_every_message_of_the_table_may_be_sent() -> None:
    assert {row.message for row in TABLE if isinstance(row, Relay)} <= set(TOPOLOGY.sends)


@pytest.mark.parametrize("row", CLOSED, ids=lambda row: row.name)
@pytest.mark.req("T1")
async def test_no_closed_route_answers_without_a_token(closed_edge: Edge, row: Row) -> None:
    answer = await closed_edge.client.request(row.method, url(row))

    assert answer.status_code == 401
    seen = (closed_edge.rpc.asked, closed_edge.publisher.published, closed_edge.unit_of_work.events)
    assert seen == ([], [], [])


@pytest.mark.parametrize("row", [row for row in CLOSED if row.who is not Who.SIGNED_IN], ids=lambda row: row.name)
async def test_no_route_answers_another_role(closed_edge: Edge, row: Row) -> None:
    admitted = {
        Who.PROVIDER: {"provider", "delegate"},
        Who.PROVIDER_ALONE: {"provider"},
        Who.CLAIMANT: {"member", "provider", "delegate"},
    }
    roles = {"member", "agent", "provider", "delegate"} - admitted.get(row.who, {row.who.value})

    headers = closed_edge.bearer(roles=tuple(sorted(roles)))
    answer = await closed_edge.client.request(row.method, url(row), headers=headers)

    assert (answer.status_code, problem_code(answer)) == (403, "access.forbidden")
    assert (closed_edge.rpc.asked, closed_edge.publisher.published) == ([], [])


@pytest.mark.parametrize("row", [row for row in TABLE if row.who is Who.MEMBER], ids=lambda row: row.name)
async def test_no_member_route_answers_without_a_dossier(closed_edge: Edge, row: Row) -> None:
    answer = await closed_edge.client.request(row.method, url(row), headers=closed_edge.bearer(dossier_id=None))

    assert (answer.status_code, problem_code(answer)) == (403, "access.no_dossier")


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_every_route_is_described_in_openapi(row: Row) -> None:
    described = document("en")
    operation = described["paths"][row.path][row.method.lower()]

    assert operation["security"] == ([] if row.who is Who.PUBLIC else [{"bearer": []}])
    assert operation["summary"] == row.summary.en
    success = operation["responses"][str(row.status)]
    if row.answer is not None:
        schema = success["content"]["application/json"]["schema"]["$ref"]
        assert schema.rpartition("/")[2] in described["components"]["schemas"]
    assert set(row.path_parameters) <= {p["name"] for p in operation["parameters"] if p["in"] == "path"}
    errors = {str(status) for status in row.errors}
    problems = [code for code in operation["responses"] if code != str(row.status) and code not in errors]
    assert {"500", "503"} <= {*problems, *errors}
    for code in problems:
        form = "application/fhir+json" if row.path.startswith("/fhir/") else "application/problem+json"
        assert form in operation["responses"][code]["content"]
    if isinstance(row, Special) and row.body.model_fields:
        assert row.body.__name__ in operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]


def test_openapi_speaks_both_languages_and_refers_to_nothing_missing() -> None:
    for language in ("fr", "en"):
        described = document(language)
        names = set(described["components"]["schemas"])
        assert set(_references(described)) <= names
    assert document("fr")["paths"] != document("en")["paths"]


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].rpartition("/")[2]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


async def test_openapi_and_its_page_are_served(edge: Edge) -> None:
    described = await edge.client.get(OPENAPI_PATH, headers={"accept-language": "en-CA"})
    page = await edge.client.get(DOCS_PATH)

    assert described.headers["content-language"] == "en"
    assert described.json() == document("en")
    assert OPENAPI_PATH in page.text


async def test_a_relayed_answer_is_passed_on_byte_by_byte(edge: Edge) -> None:
    view = ClaimTypesView(claim_types=())
    edge.rpc.replies[SearchClaimTypes] = view

    answer = await edge.client.get(
        "/claim-types", params={"text": "massothérapie", "language": "en", "other": "x"}, headers=edge.bearer()
    )

    assert answer.content == view.model_dump_json().encode()
    [asked] = edge.rpc.asked
    assert asked.message == SearchClaimTypes(text="massothérapie", language="en")


async def test_the_caller_goes_along_as_actor(edge: Edge) -> None:
    edge.rpc.replies[GetClaim] = NotFound("claims.not_found", claim_number=FILLED["claim_number"])

    answer = await edge.client.get(
        f"/claims/{FILLED['claim_number']}", headers=edge.bearer(account_id="account-1", dossier_id="dossier-9")
    )

    assert answer.status_code == 404
    [asked] = edge.rpc.asked
    assert asked.message == GetClaim(claim_number=FILLED["claim_number"])
    assert asked.actor is not None
    assert (asked.actor.account_id, asked.actor.dossier_id) == ("account-1", "dossier-9")


@pytest.mark.req("REG-7")
async def test_me_is_the_caller_whatever_the_request_says(edge: Edge) -> None:
    edge.rpc.replies[GetAccount] = lambda message: account_view(account_id=message.account_id)

    answer = await edge.client.get("/me?account_id=somebody-else", headers=edge.bearer(account_id="account-1"))

    assert AccountView.model_validate_json(answer.content).account_id == "account-1"


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=many", f"before={'x' * 65}"])
async def test_a_wrong_parameter_is_named_and_nothing_is_sent(edge: Edge, query: str) -> None:
    answer = await edge.client.get(f"/claims?{query}", headers=edge.bearer())

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]
    assert edge.rpc.asked == []


def run_view(message: CloseRun) -> RunView:
    return RunView(
        run_id=message.run_id,
        payee_class=message.payee_class,
        status="approved",
        payments=0,
        claims=0,
        amount_cents=0,
        carried_over_payees=0,
        carried_over_cents=0,
        settled_payments=0,
        payable_on=date(2026, 3, 12),
        closed_at=datetime(2026, 3, 10, 15, tzinfo=UTC),
    )


@pytest.mark.req("PAY-1")
async def test_a_run_closed_twice_under_one_key_is_one_run(edge: Edge) -> None:
    edge.rpc.replies[CloseRun] = run_view
    headers = edge.bearer(roles=("agent",), account_id="agent-1", dossier_id=None)

    async def close(**more: str) -> dict[str, str]:
        answer = await edge.client.post("/payment-runs", json={"payee_class": "member"}, headers=headers | more)
        assert answer.status_code == 201
        assert answer.headers["location"] == f"/payment-runs/{answer.json()['run_id']}"
        body: dict[str, str] = answer.json()
        return body

    keyed = [(await close(**{"idempotency-key": "march"}))["run_id"] for _ in range(2)]
    unkeyed = [(await close())["run_id"] for _ in range(2)]

    assert keyed[0] == keyed[1]
    assert len({keyed[0], *unkeyed}) == 3


async def test_a_run_for_another_class_of_payees_is_not_sent(edge: Edge) -> None:
    headers = edge.bearer(roles=("agent",))

    answer = await edge.client.post("/payment-runs", json={"payee_class": "everybody"}, headers=headers)

    assert answer.json()["errors"][0]["pointer"] == "#/payee_class"
    assert edge.rpc.asked == []
