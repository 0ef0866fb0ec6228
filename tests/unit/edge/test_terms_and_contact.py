"""LOG-7 and REG-2 through HTTP: terms close everything else; the contact address needs its code."""

import pytest

from services.edge.auth.access import Who
from services.edge.routes import TABLE
from services.edge.routes.table import Row
from shared.contracts.identity import GetAccount
from shared.contracts.identity.own_account import ChooseContact, ConfirmContact, ContactView
from shared.contracts.identity.terms import AcceptTerms, ReadTerms, TermsView
from shared.errors import Conflict
from tests.support.edge_api import Edge, account_view, other_than, problem_code

TERMS = TermsView(terms_id="members", version="2026-11", language="fr", title="Conditions", paragraphs=("Un.",))


@pytest.mark.req("LOG-7")
@pytest.mark.parametrize(
    "row",
    [row for row in TABLE if row.who is not Who.PUBLIC and "terms" not in row.despite],
    ids=lambda row: row.name,
)
async def test_nothing_else_works_until_the_terms_are_accepted(edge: Edge, row: Row) -> None:
    url = row.path.format(**dict.fromkeys(row.path_parameters, "something"))
    roles = ("member", "provider", "agent")

    answer = await edge.client.request(row.method, url, headers=edge.bearer(roles=roles, restrictions=("terms",)))

    assert (answer.status_code, problem_code(answer)) == (403, "access.restricted_terms")
    assert (edge.rpc.asked, edge.publisher.published) == ([], [])


@pytest.mark.req("LOG-7")
async def test_accepting_gives_an_access_token_that_opens_everything(edge: Edge) -> None:
    account = account_view()
    edge.knows(account.model_copy(update={"restrictions": ("terms",)}))
    tokens = await edge.sign_in()
    assert tokens["restrictions"] == ["terms"]
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await edge.client.get("/me", headers=headers)).status_code == 403
    edge.rpc.replies |= {AcceptTerms: TERMS, GetAccount: account}

    answer = await edge.client.post(
        "/terms/acceptance", json={"terms_id": "members", "version": "2026-11"}, headers=headers
    )

    assert (answer.status_code, answer.json()["restrictions"]) == (200, [])
    renewed = {"authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await edge.client.get("/me", headers=renewed)).status_code == 200


@pytest.mark.req("LOG-7")
async def test_an_old_version_is_a_conflict_and_gives_no_token(edge: Edge) -> None:
    edge.knows(account_view())
    edge.rpc.replies[AcceptTerms] = Conflict("identity.terms_outdated")

    answer = await edge.client.post(
        "/terms/acceptance", json={"terms_id": "members", "version": "1"}, headers=edge.bearer(restrictions=("terms",))
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "identity.terms_outdated")
    assert "access_token" not in answer.text


@pytest.mark.req("LOG-7")
async def test_anybody_reads_terms_in_the_language_of_the_browser(edge: Edge) -> None:
    edge.rpc.replies[ReadTerms] = TERMS

    answer = await edge.client.get("/terms/members", headers={"accept-language": "en-CA"})

    assert (answer.status_code, answer.json()["title"]) == (200, "Conditions")
    assert edge.rpc.of(ReadTerms) == [ReadTerms(terms_id="members", language="en")]


async def choose(edge: Edge, headers: dict[str, str]) -> str:
    edge.rpc.replies |= {
        ChooseContact: ContactView(access_email="a@example.org", pending="b@example.org"),
        ConfirmContact: ContactView(access_email="a@example.org", email="b@example.org"),
    }
    answer = await edge.client.put("/me/contact", json={"email": "b@example.org", "consent": True}, headers=headers)
    assert (answer.status_code, answer.json()["pending"]) == (202, "b@example.org")
    challenge_id: str = answer.json()["challenge_id"]
    return challenge_id


@pytest.mark.req("REG-2")
async def test_a_contact_address_counts_after_its_code(edge: Edge) -> None:
    headers = edge.bearer(account_id="account-1")
    challenge_id = await choose(edge, headers)
    code = edge.mailed_codes()[-1]
    path = f"/me/contact/{challenge_id}/code"

    wrong = await edge.client.post(path, json={"code": other_than(code)}, headers=headers)
    assert (wrong.status_code, edge.rpc.of(ConfirmContact)) == (422, [])
    right = await edge.client.post(path, json={"code": code}, headers=headers)

    assert (right.status_code, right.json()["email"]) == (200, "b@example.org")
    [chosen] = edge.rpc.of(ChooseContact)
    assert edge.rpc.of(ConfirmContact) == [ConfirmContact(challenge_id=chosen.code.challenge_id)]


@pytest.mark.req("REG-2", "L2")
async def test_the_code_of_somebody_elses_contact_address_confirms_nothing(edge: Edge) -> None:
    owner, stranger = edge.bearer(account_id="account-1"), edge.bearer(account_id="account-2")
    challenge_id = await choose(edge, owner)
    path, code = f"/me/contact/{challenge_id}/code", edge.mailed_codes()[-1]

    for typed in (code, *[other_than(code)] * 10):
        answer = await edge.client.post(path, json={"code": typed}, headers=stranger)
        assert (answer.status_code, answer.json()["code"]) == (409, "code.challenge_ended")

    assert edge.rpc.of(ConfirmContact) == []
    assert (await edge.client.post(path, json={"code": code}, headers=owner)).is_success, "no try was used up"


@pytest.mark.req("REG-2", "L6")
async def test_mailboxes_cannot_be_flooded_with_contact_codes(edge: Edge) -> None:
    headers = edge.bearer(account_id="account-1")
    for _ in range(5):
        await choose(edge, headers)

    answer = await edge.client.put("/me/contact", json={"email": "c@example.org", "consent": True}, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (429, "code.resends_used_up")
    assert len(edge.rpc.of(ChooseContact)) == 5
