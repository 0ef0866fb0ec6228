"""Delegation at the edge: signatures, forms in slices, choosing a provider, and what delegates may not."""

import json
import re
from base64 import b64decode, b64encode
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from services.edge import forms
from services.edge.auth.access import Who
from services.edge.problems import TooLarge
from services.edge.routes import TABLE, step_ups
from services.edge.routes.table import NoBody, Row, Special
from shared.clock import new_id
from shared.contracts import Actor
from shared.contracts.identity import ONLINE_SERVICES, AccountView, GetAccount, GrantView
from shared.contracts.identity.delegation import (
    ConfirmSigning,
    DelegationTreeView,
    DelegationView,
    GetDelegationTree,
    ResendSigningCode,
    SigningStarted,
    StartSigning,
)
from shared.contracts.identity.delegation_forms import (
    FORM_LIMIT_BYTES,
    FORM_SLICE_BYTES,
    BytesView,
    FormView,
    GetFormSlice,
    OpenForm,
    SliceStored,
    StoreFormSlice,
    SubmitForm,
)
from shared.errors import Transient
from tests.support import delegation_builders as build
from tests.support.edge_api import Edge, account_view, other_than

BANK = re.compile(r"bank|direct.deposit|transit|institution|deposit", re.IGNORECASE)
BEFORE_THERE_IS_AN_ACCOUNT = {
    "PUT /enrolments/{enrolment_id}/steps/provider_direct_deposit",
    "PUT /enrolment/steps/bank_transfer",
}
"""Steps of enrolments: whoever walks one knows its secret name, or is its owner; a delegate has none."""
OF_NOBODY = {"GET /institutions", "GET /institutions/{institution}/branches/{transit}"}
"""A public list of banks, which says nothing of any payee."""
REQUEST = "/delegations/request-1"


def _name(row: Row) -> str:
    return row.name


def delegation_view(**changes: Any) -> DelegationView:
    request = build.request()
    values: dict[str, Any] = {
        name: getattr(request, name)
        for name in DelegationView.model_fields
        if name not in {"service", "state", "signatures", "form", "reason_code"}
    }
    return DelegationView.model_validate(
        values
        | {"service": "billing", "state": "submitted", "signatures": (), "form": None, "reason_code": None}
        | changes
    )


def bearer(edge: Edge, *, roles: tuple[str, ...] = ("provider",), **changes: Any) -> dict[str, str]:
    values: dict[str, Any] = {
        "account_id": new_id(),
        "session_id": new_id(),
        "roles": roles,
        "provider_id": "provider-1",
        "services": ONLINE_SERVICES,
        "on_behalf_of": "provider-1" if "delegate" in roles else None,
    }
    actor = Actor(**(values | changes))
    token = edge.backend.access.issue(actor, expires_at=edge.clock() + timedelta(minutes=10))
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def signing(edge: Edge) -> Edge:
    """An edge whose identity knows every request."""

    def started(message: StartSigning | ResendSigningCode) -> SigningStarted:
        return SigningStarted(signing_id=message.signing_id)

    edge.rpc.replies |= {StartSigning: started, ResendSigningCode: started, ConfirmSigning: delegation_view()}
    return edge


def newest_code(edge: Edge) -> str:
    asked = [each.message for each in edge.rpc.asked if isinstance(each.message, StartSigning | ResendSigningCode)]
    return edge.opened(asked[-1].code)


@pytest.mark.req("DEL-4")
async def test_a_provider_signs_with_the_code_and_the_session_that_asked_for_it(signing: Edge) -> None:
    headers = bearer(signing, account_id="account-1")
    began = (await signing.client.post(f"{REQUEST}/signature", headers=headers)).json()
    (asked,) = signing.rpc.of(StartSigning)
    assert (asked.request_id, asked.reference) == ("request-1", None)
    body = {"signing_id": began["signing_id"], "code": newest_code(signing)}

    stranger = await signing.client.post(f"{REQUEST}/signature/confirmation", json=body, headers=bearer(signing))
    assert (stranger.status_code, stranger.json()["code"]) == (409, "code.challenge_ended")
    public = await signing.client.post(
        f"/delegations/signatures/{began['signing_id']}/confirmation", json={"code": body["code"]}
    )
    assert public.status_code == 409
    signed = await signing.client.post(f"{REQUEST}/signature/confirmation", json=body, headers=headers)
    assert signed.status_code == 200
    again = await signing.client.post(f"{REQUEST}/signature/confirmation", json=body, headers=headers)
    assert again.status_code == 409
    (confirmed,) = signing.rpc.of(ConfirmSigning)
    assert confirmed.signing_id == asked.signing_id != began["signing_id"]


@pytest.mark.req("DEL-4")
async def test_a_delegate_signs_with_reference_and_code_and_no_account(signing: Edge) -> None:
    began = (await signing.client.post("/delegations/signatures", json={"reference": "K7M2-9QXA"})).json()
    path = f"/delegations/signatures/{began['signing_id']}"
    first = newest_code(signing)
    wrong = await signing.client.post(f"{path}/confirmation", json={"code": other_than(first)})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "code.wrong")
    early = await signing.client.post(f"{path}/resend")
    assert early.status_code == 429
    signing.clock.advance(seconds=61)
    resent = await signing.client.post(f"{path}/resend")
    assert resent.status_code == 202
    assert newest_code(signing) != first or resent.json()["reference"] != began["reference"]
    signed = await signing.client.post(f"{path}/confirmation", json={"code": first})
    assert signed.status_code == 200
    assert [asked.actor for asked in signing.rpc.asked] == [None] * len(signing.rpc.asked)


@pytest.mark.req("DEL-4")
async def test_a_code_can_be_used_again_when_identity_was_away(signing: Edge) -> None:
    began = (await signing.client.post("/delegations/signatures", json={"reference": "K7M29QXA"})).json()
    path, code = f"/delegations/signatures/{began['signing_id']}/confirmation", newest_code(signing)
    signing.rpc.replies[ConfirmSigning] = Transient("rpc.timeout")
    assert (await signing.client.post(path, json={"code": code})).status_code == 503
    signing.rpc.replies[ConfirmSigning] = delegation_view()
    assert (await signing.client.post(path, json={"code": code})).status_code == 200


@pytest.mark.parametrize("reference", ["K7M2", "K7M2-9QX0", "k7m2-9qxa", "K7M2--9QXA"])
async def test_what_is_no_reference_is_not_sent(edge: Edge, reference: str) -> None:
    answer = await edge.client.post("/delegations/signatures", json={"reference": reference})
    assert (answer.status_code, edge.rpc.asked) == (422, [])


@pytest.mark.req("DEL-1")
async def test_the_tree_is_for_everybody(edge: Edge) -> None:
    edge.rpc.replies[GetDelegationTree] = DelegationTreeView(first="who", questions=(), outcomes=())
    answer = await edge.client.get("/delegations/tree")
    assert (answer.status_code, answer.json()["first"]) == (200, "who")


@pytest.mark.req("DEL-4")
async def test_a_form_travels_in_slices_with_its_digest(edge: Edge) -> None:
    edge.rpc.replies |= {StoreFormSlice: lambda m: SliceStored(position=m.position), SubmitForm: delegation_view()}
    content = b"%PDF-1.7\n" + bytes(range(256)) * 2_000
    headers = bearer(edge) | {"content-type": "application/pdf", "signature-kind": "stylus", "sending-id": "s-1"}

    answer = await edge.client.put(f"{REQUEST}/form", content=content, headers=headers)

    assert answer.status_code == 200, answer.text
    slices = edge.rpc.of(StoreFormSlice)
    assert [each.position for each in slices] == [0, 1]
    assert b"".join(b64decode(each.data) for each in slices) == content
    (submission,) = edge.rpc.of(SubmitForm)
    assert (submission.size, submission.slices) == (len(content), 2)
    assert submission.sha256 == sha256(content).hexdigest()
    assert (submission.signature, submission.sending_id) == ("stylus", "s-1")
    assert {each.upload_id for each in slices} == {submission.upload_id}


@pytest.mark.req("DEL-4")
@pytest.mark.parametrize(
    ("content", "changes", "status", "code"),
    [
        (b"GIF89a", {}, 422, "form.not_pdf"),
        (b"", {}, 422, "form.not_pdf"),
        (b"%PD", {}, 422, "form.not_pdf"),
        (b"%PDF-" + b"x" * FORM_LIMIT_BYTES, {}, 413, "request.too_large"),
        (b"%PDF-1.7", {"content-type": "image/png"}, 415, "request.unsupported_media_type"),
        (b"%PDF-1.7", {"signature-kind": "typed"}, 422, "request.invalid"),
        (b"%PDF-1.7", {"sending-id": "a b"}, 422, "request.invalid"),
    ],
)
async def test_other_files_are_refused_before_they_are_submitted(
    edge: Edge, content: bytes, changes: dict[str, str], status: int, code: str
) -> None:
    edge.rpc.replies[StoreFormSlice] = lambda m: SliceStored(position=m.position)
    headers = bearer(edge) | {"content-type": "application/pdf", "signature-kind": "stylus"} | changes
    answer = await edge.client.put(f"{REQUEST}/form", content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert edge.rpc.of(SubmitForm) == []


@pytest.mark.req("DEL-4")
@given(sizes=st.lists(st.integers(0, 200_000), max_size=8))
async def test_slices_of_any_stream_are_full_but_the_last_and_nothing_is_lost(sizes: list[int]) -> None:
    content = b"%PDF-1.7" + b"y" * sum(sizes)
    edges = [0, *(8 + sum(sizes[: n + 1]) for n in range(len(sizes))), len(content)]

    async def chunks() -> Any:
        for start, end in pairwise(edges):
            yield content[start:end]

    slices = [part async for part in forms.slices_of(chunks())]
    assert b"".join(slices) == content
    assert all(len(part) == FORM_SLICE_BYTES for part in slices[:-1])
    assert 0 < len(slices[-1]) <= FORM_SLICE_BYTES


async def test_the_largest_form_fits_and_one_byte_more_does_not() -> None:
    async def chunks(size: int) -> Any:
        yield b"%PDF-" + b"z" * (size - 5)

    assert (
        len([part async for part in forms.slices_of(chunks(FORM_LIMIT_BYTES))]) == FORM_LIMIT_BYTES // FORM_SLICE_BYTES
    )
    with pytest.raises(TooLarge):
        [part async for part in forms.slices_of(chunks(FORM_LIMIT_BYTES + 1))]


@pytest.mark.req("DEL-4")
async def test_an_agent_gets_the_form_as_it_came(edge: Edge) -> None:
    parts = [b"%PDF-1.7 one ", b"two"]
    edge.rpc.replies |= {
        OpenForm: FormView(sha256="0" * 64, size=16, pages=1, slices=2),
        GetFormSlice: lambda m: BytesView(data=b64encode(parts[m.position]).decode()),
    }
    path = "/administration/delegations/request-1/form"
    answer = await edge.client.get(path, headers=bearer(edge, roles=("agent",)))
    assert answer.content == b"".join(parts)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert (await edge.client.get(path, headers=bearer(edge))).status_code == 403


def grants(*provider_ids: str) -> tuple[GrantView, ...]:
    return tuple(
        GrantView(provider_id=each, provider_name=each, services=("billing", "inbox")) for each in provider_ids
    )


@pytest.mark.req("DEL-8")
async def test_a_delegate_chooses_for_whom_the_session_acts_and_refreshing_keeps_that(edge: Edge) -> None:
    account = account_view(roles=("delegate",), dossiers=0).model_copy(update={"grants": grants("p-1", "p-2")})
    edge.knows(account)
    tokens = await edge.sign_in()
    assert tokens["provider_id"] == "p-1"
    headers = {"authorization": f"Bearer {tokens['access_token']}"}

    chosen = await edge.client.put("/session/provider", json={"provider_id": "p-2"}, headers=headers)

    assert chosen.status_code == 200, chosen.text
    actor = edge.backend.access.verify(chosen.json()["access_token"]).actor
    assert (actor.provider_id, actor.on_behalf_of, actor.services) == ("p-2", "p-2", ("billing", "inbox"))
    assert actor.session_id == tokens["session_id"]
    assert (await edge.refresh(tokens["refresh_token"])).json()["provider_id"] == "p-2"
    other = await edge.client.put("/session/provider", json={"provider_id": "p-3"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (404, "access.provider_not_granted")
    edge.rpc.replies[GetAccount] = account.model_copy(update={"grants": grants("p-1")})
    gone = await edge.client.put("/session/provider", json={"provider_id": "p-2"}, headers=headers)
    assert gone.status_code == 404


@pytest.mark.req("DEL-8", "D5")
async def test_a_token_for_a_chosen_provider_is_as_old_as_what_it_rests_on(edge: Edge) -> None:
    """A grant revoked while the account was being asked about outdates it."""
    account = account_view(roles=("delegate",), dossiers=0).model_copy(update={"grants": grants("p-1", "p-2")})
    edge.knows(account)
    tokens = await edge.sign_in()
    asked_at = edge.clock()

    def slowly(_message: GetAccount) -> AccountView:
        edge.clock.advance(seconds=5)
        return account

    edge.rpc.replies[GetAccount] = slowly
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    chosen = await edge.client.put("/session/provider", json={"provider_id": "p-2"}, headers=headers)
    claims = json.loads(b64decode(chosen.json()["access_token"].split(".")[1] + "==", altchars=b"-_"))
    assert claims["iat"] <= asked_at.timestamp() < edge.clock().timestamp()


@pytest.mark.req("DEL-8", "K8")
async def test_an_ended_session_chooses_nothing(edge: Edge) -> None:
    account = account_view(roles=("delegate",), dossiers=0).model_copy(update={"grants": grants("p-1", "p-2")})
    edge.knows(account)
    tokens = await edge.sign_in()
    await edge.sessions.revoke(tokens["session_id"], now=edge.clock())
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    answer = await edge.client.put("/session/provider", json={"provider_id": "p-2"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "session.ended")


@pytest.mark.req("BNK-6", "B6", "D6")
@pytest.mark.parametrize("row", [row for row in TABLE if row.who is Who.PROVIDER_ALONE], ids=lambda row: row.name)
async def test_what_is_the_providers_alone_is_closed_to_delegates_with_every_grant(edge: Edge, row: Row) -> None:
    path = row.path.format(**dict.fromkeys(row.path_parameters, "something"))
    for roles in (("delegate",), ("provider", "delegate")):
        answer = await edge.client.request(row.method, path, headers=bearer(edge, roles=roles))
        assert (answer.status_code, answer.json()["code"]) == (403, "access.forbidden")
    assert edge.rpc.asked == []


@pytest.mark.req("BNK-6", "B6")
@pytest.mark.parametrize("action", ["direct_deposit_change", "provider_direct_deposit_change"])
async def test_a_delegate_announces_no_change_of_bank_details(edge: Edge, action: str) -> None:
    details = {"transit": "10011", "institution": "815", "account": "0123456", "replaces": 1}
    body = {"action": action, "direct_deposit": details}
    answer = await edge.client.post("/step-ups", json=body, headers=bearer(edge, roles=("delegate",)))
    assert (answer.status_code, answer.json()["code"]) == (403, "access.forbidden")
    assert edge.rpc.asked == []


@pytest.mark.req("BNK-3", "BNK-6")
def test_whoever_may_announce_a_change_may_make_it() -> None:
    assert {row.step_up: row.rule for row in TABLE if row.step_up is not None} == step_ups.RULES


@pytest.mark.req("BNK-6", "B6")
@pytest.mark.parametrize(
    "row",
    [row for row in TABLE if BANK.search(row.path) and row.name not in BEFORE_THERE_IS_AN_ACCOUNT | OF_NOBODY],
    ids=_name,
)
async def test_no_route_of_the_bank_is_open_to_delegates(edge: Edge, row: Row) -> None:
    path = row.path.format(**dict.fromkeys(row.path_parameters, "something"))
    answer = await edge.client.request(row.method, path, headers=bearer(edge, roles=("delegate",)))
    assert answer.status_code == 403
    assert row.who not in {Who.PUBLIC, Who.SIGNED_IN, Who.PROVIDER}


@pytest.mark.req("BNK-6", "B6")
@pytest.mark.parametrize(
    "row",
    [
        row
        for row in TABLE
        if row.who in {Who.SIGNED_IN, Who.PROVIDER} and row.name not in {*BEFORE_THERE_IS_AN_ACCOUNT, "POST /step-ups"}
    ],
    ids=_name,
)
def test_no_field_of_what_delegates_reach_is_about_the_bank(row: Row) -> None:
    models = [row.answer] if row.answer is not None else []
    if isinstance(row, Special) and row.body is not NoBody:
        models.append(row.body)
    for model in models:
        assert not [name for name in names_in(model) if BANK.search(name)], model.__name__


def names_in(model: type[BaseModel]) -> set[str]:
    """Names of all fields in a model's schema, at any depth."""

    def below(node: Any) -> set[str]:
        if isinstance(node, list):
            return set[str]().union(*map(below, node))
        if not isinstance(node, dict):
            return set()
        return set(node.get("properties", {})).union(*map(below, node.values()))

    return below(model.model_json_schema())
