"""What is sent to webhooks, when, and what follows from the answers."""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from services.payments.domain.webhooks import RETRY_WINDOW
from services.payments.handlers.ports_subscribers import Answered
from services.payments.handlers.webhook_log import list_deliveries, resend
from shared.contracts.payments_subscribers import (
    ChangeWebhook,
    EnableWebhook,
    ListWebhookDeliveries,
    RemoveWebhook,
    ResendWebhookDelivery,
    RotateWebhookSecret,
    WebhookView,
)
from shared.errors import Conflict, Forbidden, NotFound, Rejected
from shared.tokens import UnreadableSecret
from tests.support.payments_builders import member
from tests.support.payments_subscribers_contract import SENT, SETTLED
from tests.support.payments_webhook_desk import BROKEN, OK, SECRET, URL, WebhookDesk, asked, sealed_command

GONE = Answered(outcome="gone", status=410)
MOST = timedelta(hours=15)


@pytest.fixture
def desk() -> WebhookDesk:
    return WebhookDesk()


async def failed_for_three_days(desk: WebhookDesk, webhook: WebhookView) -> None:
    """Time passes, and whatever is due is tried."""
    end = desk.now + RETRY_WINDOW
    while desk.now < end:
        await desk.serve(webhook)
        due = [one.due_at for one in desk.deliveries(webhook) if one.due_at is not None and one.status == "pending"]
        desk.now = min([*due, end])
    await desk.serve(webhook)


@pytest.mark.req("SUB-3")
async def test_each_event_is_sent_once_as_published_and_signed(desk: WebhookDesk) -> None:
    webhook = await desk.webhook()
    ids = await desk.happened(20)
    assert await desk.serve(webhook) == 20
    assert await desk.serve(webhook) == 0
    assert sorted(desk.receiver.ids) == sorted(ids)
    url, body, headers = desk.receiver.calls[0]
    assert url == URL
    assert headers["content-type"] == "application/cloudevents+json"
    assert headers["webhook-timestamp"] == str(int(desk.now.timestamp()))
    signed = Webhook(SECRET).sign(headers["webhook-id"], desk.now, body.decode())
    assert headers["webhook-signature"] == signed
    assert body.decode() == next(
        entry.event.body for entry in desk.storage.feed.entries if entry.event.event_id == headers["webhook-id"]
    )


@pytest.mark.req("SUB-3")
async def test_only_the_types_that_were_asked_for_and_only_from_now_on(desk: WebhookDesk) -> None:
    await desk.happened(wire_type=SENT)
    webhook = await desk.webhook(types=(SENT,))
    await desk.happened(2, wire_type=SETTLED)
    (wanted,) = await desk.happened(wire_type=SENT)
    await desk.serve(webhook)
    assert desk.receiver.ids == [wanted]
    assert desk.endpoint(webhook).position == 4


@pytest.mark.req("SUB-3", "SUB-4")
async def test_with_a_cursor_a_webhook_gets_what_happened_before(desk: WebhookDesk) -> None:
    ids = await desk.happened(3)
    webhook = await desk.webhook(after="ZmVlZDox")
    await desk.serve(webhook)
    assert sorted(desk.receiver.ids) == sorted(ids[1:])


@pytest.mark.req("SUB-3")
async def test_after_a_failure_the_same_event_comes_again_later(desk: WebhookDesk) -> None:
    webhook = await desk.webhook()
    (event_id,) = await desk.happened()
    desk.receiver.answer = BROKEN
    assert await desk.serve(webhook) == 1
    assert await desk.serve(webhook, after=timedelta(seconds=4)) == 0
    assert desk.endpoint(webhook).failing_since is not None
    desk.receiver.answer = OK
    assert await desk.serve(webhook, after=timedelta(seconds=1)) == 1
    assert desk.receiver.ids == [event_id, event_id]
    assert desk.endpoint(webhook).failing_since is None


@pytest.mark.req("SUB-3")
async def test_after_three_days_of_failures_it_is_disabled_and_its_agent_is_told(desk: WebhookDesk) -> None:
    webhook = await desk.webhook()
    ids = await desk.happened(2)
    desk.receiver.answer = BROKEN
    began = desk.now
    await failed_for_three_days(desk, webhook)
    endpoint = desk.endpoint(webhook)
    assert (endpoint.disabled_because, endpoint.disabled_at) == ("failing", began + RETRY_WINDOW)
    (notice,) = desk.notices
    assert (notice.kind, notice.account_id) == ("webhook_disabled", "agent-1")
    assert dict(notice.values) == {"host": "hooks.example.com", "because": "failing", "since": began}
    ids += await desk.happened(3)
    assert await desk.serve(webhook, after=MOST) == 0
    desk.receiver.answer = OK
    desk.receiver.calls.clear()
    await desk.management.enable(asked(EnableWebhook(webhook_id=webhook.webhook_id)), desk.work())
    await desk.serve(webhook)
    assert sorted(desk.receiver.ids) == sorted(ids)


@pytest.mark.req("SUB-3")
async def test_an_event_that_alone_is_refused_is_given_up_and_the_webhook_stays(desk: WebhookDesk) -> None:
    webhook = await desk.webhook()
    (poison,) = await desk.happened()
    desk.receiver.answer = lambda event_id: BROKEN if event_id == poison else OK
    end = desk.now + RETRY_WINDOW
    while desk.now < end:
        await desk.serve(webhook)
        await desk.happened()
        await desk.serve(webhook, after=timedelta(hours=1))
    assert desk.endpoint(webhook).disabled_at is None
    failed = [one for one in desk.deliveries(webhook) if one.status == "failed"]
    assert [one.event_id for one in failed] == [poison]
    assert desk.notices == []


@pytest.mark.req("SUB-3")
async def test_410_gone_disables_at_once(desk: WebhookDesk) -> None:
    webhook = await desk.webhook()
    await desk.happened(40)
    desk.receiver.answer = GONE
    assert await desk.serve(webhook) == desk.dispatch.figures.side_by_side
    assert desk.endpoint(webhook).disabled_because == "gone"
    assert [notice.values["because"] for notice in desk.notices] == ["gone"]


async def test_no_more_waits_for_a_receiver_than_figures_say() -> None:
    desk = WebhookDesk(waiting=5)
    webhook = await desk.webhook()
    ids = await desk.happened(12)
    desk.receiver.answer = BROKEN
    await desk.serve(webhook)
    assert len(desk.deliveries(webhook)) == 5
    desk.receiver.answer = OK
    desk.receiver.calls.clear()
    await desk.serve(webhook, after=timedelta(seconds=5))
    assert sorted(desk.receiver.ids) == sorted(ids)


@pytest.mark.req("SUB-3")
async def test_the_log_tells_attempts_and_a_delivery_is_sent_again(desk: WebhookDesk) -> None:
    webhook = await desk.webhook()
    await desk.happened(2)
    await desk.serve(webhook)
    tools = {"management": desk.management, "deliveries": desk.storage.webhook_deliveries}
    query = ListWebhookDeliveries(webhook_id=webhook.webhook_id, limit=1)
    page = await list_deliveries(asked(query), **tools)  # type: ignore[arg-type]
    assert page.next_before == page.deliveries[0].delivery_id
    assert [(one.outcome, one.status) for one in page.deliveries[0].attempts] == [("delivered", 204)]
    delivery_id = page.deliveries[0].delivery_id
    command = ResendWebhookDelivery(webhook_id=webhook.webhook_id, delivery_id=delivery_id)
    view = await resend(asked(command), desk.work(), clock=desk.clock, **tools)  # type: ignore[arg-type]
    assert view.status == "pending"
    assert await desk.serve(webhook) == 1
    assert desk.receiver.ids[-1] == view.event_id
    await desk.storage.webhooks.disable(webhook.webhook_id, because="gone", at=desk.now, session=None)
    with pytest.raises(Conflict):
        await resend(asked(command), desk.work(), clock=desk.clock, **tools)  # type: ignore[arg-type]
    other = await desk.webhook()
    of_other = ResendWebhookDelivery(webhook_id=other.webhook_id, delivery_id=delivery_id)
    with pytest.raises(NotFound):
        await resend(asked(of_other), desk.work(), clock=desk.clock, **tools)  # type: ignore[arg-type]


@pytest.mark.req("SUB-3")
async def test_while_secrets_overlap_both_signatures_are_sent(desk: WebhookDesk) -> None:
    webhook = await desk.webhook()
    other = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    sealed = sealed_command(desk.now, webhook_id=webhook.webhook_id, secret=other).secret
    command = RotateWebhookSecret(webhook_id=webhook.webhook_id, secret=sealed, overlap_hours=1)
    view = await desk.management.rotate(asked(command), desk.work())
    assert [one.expires_at for one in view.secrets] == [None, desk.now + timedelta(hours=1)]
    await desk.happened()
    await desk.serve(webhook)
    await desk.happened()
    await desk.serve(webhook, after=timedelta(hours=1))
    (_, first, at_first), (_, second, at_second) = desk.receiver.calls
    signatures = at_first["webhook-signature"].split()
    now = desk.now - timedelta(hours=1)
    assert signatures == [Webhook(one).sign(at_first["webhook-id"], now, first.decode()) for one in (other, SECRET)]
    assert at_second["webhook-signature"] == Webhook(other).sign(at_second["webhook-id"], desk.now, second.decode())


@pytest.mark.req("SUB-3")
async def test_what_stands_in_the_database_is_no_secret(desk: WebhookDesk) -> None:
    webhook = await desk.webhook()
    assert SECRET not in repr(desk.endpoint(webhook))
    assert SECRET.removeprefix("whsec_") not in webhook.model_dump_json()
    moved = sealed_command(desk.now).model_copy(update={"webhook_id": "another"})
    with pytest.raises(UnreadableSecret):
        await desk.management.create(asked(moved), desk.work())


@pytest.mark.req("SUB-3", "OPS-7")
async def test_what_agents_do_is_noted_without_the_url(desk: WebhookDesk) -> None:
    webhook = await desk.webhook()
    change = ChangeWebhook(webhook_id=webhook.webhook_id, url="https://other.example.com/", description="x")
    changed = await desk.management.change(asked(change), desk.work())
    assert (changed.url, changed.description, changed.secrets) == (change.url, "x", webhook.secrets)
    await desk.management.remove(asked(RemoveWebhook(webhook_id=webhook.webhook_id)), desk.work())
    assert desk.acts == ["webhook_created", "webhook_updated", "webhook_removed"]
    assert "token" not in repr([work.events for work in desk.works])
    with pytest.raises(NotFound):
        await desk.management.change(asked(change), desk.work())


@pytest.mark.req("SUB-3")
async def test_webhooks_are_for_agents(desk: WebhookDesk) -> None:
    with pytest.raises(Forbidden):
        await desk.management.create(asked(sealed_command(desk.now), actor=member("dossier-1")), desk.work())
    with pytest.raises(Rejected):
        await desk.webhook(url="https://127.0.0.1/")


async def test_there_are_only_so_many_webhooks(desk: WebhookDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.payments.handlers.webhooks.MOST_WEBHOOKS", 1)
    await desk.webhook()
    with pytest.raises(Conflict):
        await desk.webhook()
