"""The secure inbox over HTTP."""

import httpx
import pytest

from shared.clock import new_id
from shared.contracts.notification import AttachmentContent, GetAttachment, InboxPage, ListInbox
from shared.errors import NotFound
from tests.support.edge_api import Edge

pytestmark = pytest.mark.req("MSG-2")


async def test_the_list_is_asked_for_the_caller_page_by_page(edge: Edge) -> None:
    edge.rpc.replies[ListInbox] = InboxPage(messages=(), unread=0)
    account_id = new_id()

    answer = await edge.client.get(
        "/inbox", params={"limit": 5, "before": "x"}, headers=edge.bearer(account_id=account_id)
    )

    assert answer.json() == {"messages": [], "unread": 0, "next_before": None}
    (asked,) = edge.rpc.asked
    assert asked.message == ListInbox(limit=5, before="x")
    assert asked.actor is not None
    assert asked.actor.account_id == account_id


async def test_a_file_comes_as_it_is_to_be_kept_and_not_to_be_run(edge: Edge) -> None:
    edge.rpc.replies[GetAttachment] = AttachmentContent(
        name="accord-signe.pdf", media_type="application/pdf", sha256="ab12", content=b"%PDF-1.7\x00\xff"
    )

    answer = await edge.client.get("/inbox/m-1/attachments/accord-signe.pdf", headers=edge.bearer())

    assert (answer.status_code, answer.content) == (httpx.codes.OK, b"%PDF-1.7\x00\xff")
    headers = answer.headers
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"] == 'attachment; filename="accord-signe.pdf"'
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("sandbox")
    assert headers["cache-control"] == "no-store"


async def test_what_is_not_the_caller_s_is_not_found(edge: Edge) -> None:
    edge.rpc.replies[GetAttachment] = NotFound("notification.message_unknown")

    answer = await edge.client.get("/inbox/m-1/attachments/a.pdf", headers=edge.bearer())

    assert (answer.status_code, answer.json()["code"]) == (404, "notification.message_unknown")


@pytest.mark.parametrize("name", ["a.exe", "%22.pdf", "a%0d%0ab.pdf"])
async def test_a_name_that_no_file_can_have_is_refused_before_anybody_is_asked(edge: Edge, name: str) -> None:
    answer = await edge.client.get(f"/inbox/m-1/attachments/{name}", headers=edge.bearer())

    assert answer.status_code == 422
    assert edge.rpc.asked == []
