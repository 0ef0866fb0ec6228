"""Problem documents and what surrounds every answer."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import services.edge
import shared
from services.edge.language import preferred
from services.edge.problems import FAMILY_STATUS, catalogue, describe, status_of
from shared.contracts.claims import ListClaims
from shared.errors import FAMILIES, AppError, NotFound, Rejected, Throttled, Transient
from shared.rpc import RemoteDefect
from tests.support.edge_api import Edge


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "fr"),
        ("fr-CA", "fr"),
        ("en", "en"),
        ("en-CA,en;q=0.9,fr;q=0.8", "en"),
        ("fr;q=0.4, EN-us;q=0.7", "en"),
        ("en;q=0.5,fr;q=0.5", "fr"),
        ("de", "fr"),
        ("de, en;q=0.1", "en"),
        ("*", "fr"),
        ("fr;q=0, *;q=0.5", "en"),
        ("en;q=nonsense", "fr"),
        ("en;q=7", "fr"),
    ],
)
def test_the_language_follows_the_weights(header: str, language: str) -> None:
    assert preferred(header) == language


@given(st.text(max_size=60))
def test_any_header_gives_a_language(header: str) -> None:
    assert preferred(header) in {"fr", "en"}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Rejected("x.y"), 422),
        (NotFound("x.y"), 404),
        (FAMILIES["conflict"]("x.y"), 409),
        (FAMILIES["forbidden"]("x.y"), 403),
        (Throttled("x.y", retry_after_seconds=9), 429),
        (Transient("x.y"), 503),
        (RemoteDefect("x.y"), 500),
        (AppError("x.y"), 500),
    ],
)
def test_the_family_decides_the_status_and_the_words_for_unknown_codes(error: AppError, status: int) -> None:
    problem = describe(error, language="en")

    assert (status_of(error), problem.status, problem.code) == (status, status, "x.y")
    assert problem.type == "urn:acquit:problem:x.y"
    assert problem.title == catalogue()[f"family.{error.family}"][0].en


def test_every_family_has_words() -> None:
    assert {f"family.{family}" for family in FAMILY_STATUS} <= set(catalogue())


def test_every_text_of_the_catalogue_can_be_filled_and_mentions_the_same_figures_in_both_languages() -> None:
    for code, (title, detail) in catalogue().items():
        assert title.fr, code
        assert title.en, code
        assert set(re.findall(r"{(\w+)}", detail.fr)) == set(re.findall(r"{(\w+)}", detail.en)), code


def test_every_code_raised_here_and_in_shared_has_words() -> None:
    raised: set[str] = set()
    for package in (services.edge, shared):
        for path in Path(str(package.__file__)).parent.rglob("*.py"):
            raised |= set(re.findall(r'__init__\("([a-z_]+\.[a-z_]+)"', path.read_text(encoding="utf-8")))

    assert len(raised) > 20
    assert raised <= set(catalogue())


def test_values_with_braces_are_not_filled_again() -> None:
    problem = describe(Rejected("identity.roster_header", column="{missing}"), language="en")

    assert "{missing}" in problem.detail


@pytest.mark.req("REG-21")
async def test_an_unknown_path_and_a_wrong_method_are_problems_too(edge: Edge) -> None:
    unknown = await edge.client.get("/nothing/here", headers={"accept-language": "en"})
    wrong = await edge.client.delete("/claims")

    assert (unknown.status_code, unknown.json()["code"]) == (404, "request.unknown_path")
    assert unknown.headers["content-type"] == "application/problem+json"
    assert unknown.headers["content-language"] == "en"
    assert (wrong.status_code, wrong.json()["code"]) == (405, "request.method_not_allowed")
    assert wrong.headers["allow"]
    assert wrong.headers["content-language"] == "fr"


async def test_every_answer_carries_the_security_headers(edge: Edge) -> None:
    for answer in (await edge.client.get("/me"), await edge.client.get("/openapi.json")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "request.malformed"),
        (b'{"user_name": "\xff"}', "application/json", 400, "request.malformed"),
        (b"[]", "application/json", 422, "request.invalid"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "request.unsupported_media_type"),
        (b"{}", None, 415, "request.unsupported_media_type"),
        (b'"' + b"x" * 70_000 + b'"', "application/json", 413, "request.too_large"),
    ],
)
async def test_bodies_that_cannot_be_read(
    edge: Edge, content: bytes, content_type: str | None, status: int, code: str
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}

    answer = await edge.client.post("/sign-in", content=content, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_body_without_a_stated_length_is_bounded_too(edge: Edge) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1_000

    answer = await edge.client.post(
        "/sign-in",
        content=endless(),
        headers={"content-type": "application/json"},
    )

    assert answer.status_code == 413


async def test_a_password_is_never_repeated_in_a_finding(edge: Edge) -> None:
    answer = await edge.client.post("/sign-in", json={"user_name": "alice", "password": "secret-canary" * 30})

    assert answer.json()["errors"][0] == {
        "pointer": "#/password",
        "code": "validation.too_long",
        "detail": catalogue()["validation.too_long"][1].fr.format(max_length=256),
    }
    assert "canary" not in answer.text


@pytest.mark.parametrize("given_id", ["client-request-0001", "01a20-.._7"])
async def test_a_well_formed_request_id_is_kept_and_goes_along(edge: Edge, given_id: str) -> None:
    edge.rpc.replies[ListClaims] = NotFound("claims.not_found")
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    answer = await edge.client.get("/claims", headers=edge.bearer() | {"x-request-id": given_id, "traceparent": parent})

    assert answer.headers["x-request-id"] == given_id
    assert answer.json()["instance"] == f"urn:acquit:request:{given_id}"
    [asked] = edge.rpc.asked
    assert asked.trace is not None
    assert asked.trace.correlation_id == given_id
    assert asked.trace.traceparent.split("-")[1] == parent.split("-")[1]
    assert asked.trace.traceparent != parent


@pytest.mark.parametrize("given_id", ["short", "x" * 65, "with space", "é" * 10])
async def test_a_malformed_request_id_is_replaced(edge: Edge, given_id: str) -> None:
    answer = await edge.client.get("/me", headers=[(b"x-request-id", given_id.encode("latin-1"))])

    assert answer.headers["x-request-id"] not in {given_id, ""}


async def test_a_defect_tells_the_caller_nothing(edge: Edge) -> None:
    answer = await edge.client.get("/claims", headers=edge.bearer())  # the fake bus has no reply: KeyError

    assert (answer.status_code, answer.json()["code"]) == (500, "internal.defect")
    assert "KeyError" not in answer.text
    assert "ListClaims" not in answer.text
