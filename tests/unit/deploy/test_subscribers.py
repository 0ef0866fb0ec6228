"""Who may read which public events, without a broker."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.definitions import Definition
from deploy.subscribers import __main__ as program
from deploy.subscribers.filters import UnknownEventError, chosen
from deploy.subscribers.rabbitmqctl import BrokerError, Rabbitmqctl, Row
from deploy.subscribers.registry import (
    DeploymentsOwnError,
    NoSuchSubscriberError,
    SubscriberExistsError,
    Subscribers,
)
from deploy.subscribers.subscriber import QUEUE_BYTES, Subscriber, definitions
from deploy.topology import load_topology
from shared.contracts.claims import ClaimAdjudicated
from shared.contracts.payments import PaymentSent, PaymentSettled, RunApproved

PUBLIC = load_topology().public_events()
NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


class MemoryBroker:
    """Definitions as RabbitMQ keeps them: what is loaded replaces what has the same name."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, dict[str, Any]]] = {}
        self.connected: list[Row] = []
        self.depths: dict[str, Row] = {}
        self.closed: list[str] = []

    def exported(self) -> Definition:
        return {kind: list(entries.values()) for kind, entries in self.kept.items()}

    def load(self, definitions: Definition) -> None:
        for kind, entries in definitions.items():
            for each in entries:
                self.kept.setdefault(kind, {})[each.get("name") or json.dumps(each)] = each

    def queues(self) -> list[Row]:
        return [{"name": name, **self.depths.get(name, {})} for name in self.kept.get("queues", {})]

    def connections(self) -> list[Row]:
        return self.connected

    def close_connections(self, user: str, reason: str) -> None:
        assert reason
        self.closed.append(user)

    def delete_user(self, user: str) -> None:
        del self.kept["users"][user]

    def delete_queue(self, queue: str) -> None:
        del self.kept["queues"][queue]
        self.kept["bindings"] = {key: b for key, b in self.kept["bindings"].items() if b["destination"] != queue}

    def clear_parameter(self, name: str) -> None:
        del self.kept["global_parameters"][name]


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker()


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def subscribers(broker: MemoryBroker, clock: Clock) -> Subscribers:
    return Subscribers(broker, PUBLIC, clock=clock)


@pytest.mark.req("SUB-2")
class TestFilters:
    def test_nothing_said_means_every_public_event(self):
        assert set(chosen((), PUBLIC)) == set(PUBLIC)
        assert {PaymentSent, ClaimAdjudicated} <= set(PUBLIC)

    def test_patterns_become_whole_names(self):
        found = chosen(("payments.payment_s*", "payments.payment_sent.v1"), PUBLIC)

        assert [event.wire_type for event in found].count("payments.payment_sent.v1") == 1
        assert set(found) >= {PaymentSent, PaymentSettled}
        assert ClaimAdjudicated not in found

    @pytest.mark.parametrize("pattern", ["payments.run_approved.v1", "banking.*", "payments.payment_sent.v2", ""])
    def test_what_is_not_public_is_refused_with_what_there_is(self, pattern: str):
        with pytest.raises(UnknownEventError, match=r"claims\.claim_adjudicated\.v1"):
            chosen(("payments.*", pattern), PUBLIC)

    def test_a_wildcard_never_reaches_internal_events(self):
        assert RunApproved.wire_type not in {event.wire_type for event in chosen(("*",), PUBLIC)}


@pytest.mark.req("SUB-2")
class TestSubscriber:
    @pytest.mark.parametrize("name", ["", "Accounting", "1st", "a.b", "a b", "a" * 41, "a$"])
    def test_a_name_is_plain(self, name: str):
        with pytest.raises(ValueError, match="is no name"):
            Subscriber(name, (PaymentSent,))

    def test_an_internal_event_cannot_be_given_to_it(self):
        with pytest.raises(ValueError, match=r"not public: payments\.run_approved\.v1"):
            Subscriber("accounting", (PaymentSent, RunApproved))

    def test_it_may_read_one_queue_and_nothing_else(self):
        (permission,) = definitions(Subscriber("accounting", (PaymentSent,)), "secret")["permissions"]

        assert permission == {
            "user": "subscriber-accounting",
            "vhost": "/",
            "configure": "^$",
            "write": "^$",
            "read": r"^subscribers\.accounting$",
        }

    def test_a_full_queue_never_holds_up_the_publisher(self):
        (queue,) = definitions(Subscriber("accounting", (PaymentSent,)), "secret")["queues"]

        assert queue["arguments"]["x-overflow"] == "drop-head"
        assert queue["arguments"]["x-max-length-bytes"] == QUEUE_BYTES
        assert queue["arguments"]["x-delivery-limit"] >= 1_000_000


@pytest.mark.req("SUB-2")
class TestRegistry:
    def test_only_a_hash_of_the_password_is_kept(self, subscribers: Subscribers, broker: MemoryBroker):
        access = subscribers.add("accounting", ["payments.*"], contact="ap@example.ca")

        assert len(access.password) >= 32
        assert access.password not in json.dumps(broker.kept)
        assert (access.user, access.queue) == ("subscriber-accounting", "subscribers.accounting")
        assert set(access.events) == {event.wire_type for event in PUBLIC if event is not ClaimAdjudicated}

    def test_a_name_is_given_once(self, subscribers: Subscribers):
        subscribers.add("accounting")
        with pytest.raises(SubscriberExistsError):
            subscribers.add("accounting")

    def test_nothing_is_made_when_the_filter_is_refused(self, subscribers: Subscribers, broker: MemoryBroker):
        with pytest.raises(UnknownEventError):
            subscribers.add("accounting", ["banking.*"])
        assert broker.kept == {}

    def test_the_list_says_who_when_what_and_how_much(
        self, subscribers: Subscribers, broker: MemoryBroker, clock: Clock
    ):
        subscribers.add("accounting", ["payments.payment_sent.v1"], contact="ap@example.ca")
        broker.depths["subscribers.accounting"] = {
            "messages_ready": 7,
            "messages_unacknowledged": 2,
            "message_bytes_ready": QUEUE_BYTES // 2,
            "consumers": 1,
        }
        began = [{"user": "subscriber-accounting", "peer_host": host, "connected_at": at} for host, at in HOSTS]
        broker.connected = [{"user": "claims", "peer_host": "10.0.0.1", "connected_at": 9}, *began]
        clock.now += timedelta(hours=1)

        (listed,) = subscribers.listed()

        assert (listed.name, listed.events, listed.contact) == (
            "accounting",
            ("payments.payment_sent.v1",),
            "ap@example.ca",
        )
        assert (listed.waiting, listed.unacknowledged, listed.full_percent, listed.consumers) == (7, 2, 50, 1)
        assert (listed.added_at, listed.rotated_at) == (NOW, None)
        assert (listed.last_seen_at, listed.last_seen_from) == (clock.now, "192.0.2.8")

    def test_who_is_away_was_last_seen_when_a_listing_found_them(
        self, subscribers: Subscribers, broker: MemoryBroker, clock: Clock
    ):
        subscribers.add("accounting")
        assert subscribers.listed()[0].last_seen_at is None
        broker.connected = [{"user": "subscriber-accounting", "peer_host": "192.0.2.8", "connected_at": 1}]
        subscribers.listed()
        broker.connected = []
        clock.now += timedelta(days=3)

        assert subscribers.listed()[0].last_seen_at == NOW

    def test_rotation_changes_the_password_and_nothing_else(
        self, subscribers: Subscribers, broker: MemoryBroker, clock: Clock
    ):
        before = subscribers.add("accounting", ["payments.*"], contact="ap@example.ca")
        kept = {kind: dict(broker.kept[kind]) for kind in ("queues", "bindings", "permissions")}
        clock.now += timedelta(days=90)

        after = subscribers.rotate("accounting")

        assert after.password != before.password
        assert set(after.events) == set(before.events)
        assert {kind: broker.kept[kind] for kind in kept} == kept
        assert broker.closed == ["subscriber-accounting"]
        (listed,) = subscribers.listed()
        assert (listed.contact, listed.added_at, listed.rotated_at) == ("ap@example.ca", NOW, clock.now)

    def test_removal_leaves_nothing_and_completes_what_a_crash_left(
        self, subscribers: Subscribers, broker: MemoryBroker
    ):
        subscribers.add("accounting")
        broker.connected = [{"user": "subscriber-accounting", "peer_host": "192.0.2.8", "connected_at": 1}]
        subscribers.listed()
        broker.delete_user("subscriber-accounting")  # as if the first attempt had ended here

        subscribers.remove("accounting")

        for kind in ("users", "queues", "bindings", "global_parameters"):
            assert broker.kept[kind] == {}, kind
        with pytest.raises(NoSuchSubscriberError):
            subscribers.remove("accounting")

    def test_what_the_deployment_makes_is_listed_and_left_alone(self, subscribers: Subscribers, broker: MemoryBroker):
        broker.load(definitions(Subscriber("demo", (PaymentSent,)), "secret"))

        assert [(each.name, each.added_at) for each in subscribers.listed()] == [("demo", None)]
        for change in (subscribers.rotate, subscribers.remove):
            with pytest.raises(DeploymentsOwnError):
                change("demo")
        with pytest.raises(SubscriberExistsError):
            subscribers.add("demo")


HOSTS = (("192.0.2.7", 1_000), ("192.0.2.8", 2_000))


@pytest.mark.req("SUB-2")
class TestCommandLine:
    @pytest.fixture(autouse=True)
    def _on_memory(self, monkeypatch: pytest.MonkeyPatch, subscribers: Subscribers):
        monkeypatch.setattr(program, "_subscribers", lambda _program: subscribers)

    def run(self, *arguments: str, given: str = "") -> tuple[int, str]:
        done = CliRunner().invoke(program.cli, arguments, input=given)
        return done.exit_code, done.output

    def test_the_password_is_shown_once(self):
        status, shown = self.run("add", "accounting", "--events", "payments.*", "--contact", "ap@example.ca")
        password = next(line.split()[1] for line in shown.splitlines() if line.startswith("password:"))

        assert status == 0
        assert "subscribers.accounting" in shown
        assert password not in self.run("list")[1] + self.run("list", "--json")[1]
        (listed,) = json.loads(self.run("list", "--json")[1])
        assert (listed["name"], listed["waiting"], listed["added_at"]) == ("accounting", 0, NOW.isoformat())

    def test_refusals_are_one_line_and_a_status(self):
        assert self.run("add", "accounting", "--events", "banking.*")[0] == 1
        assert self.run("rotate", "nobody") == (1, "there is no subscriber nobody\n")

    def test_removal_asks_first(self, broker: MemoryBroker):
        self.run("add", "accounting")
        assert self.run("remove", "accounting", given="n\n")[0] == 1
        assert "subscriber-accounting" in broker.kept["users"]
        assert self.run("remove", "accounting", given="y\n")[0] == 0
        assert broker.kept["users"] == {}

    def test_what_rabbitmq_refuses_is_told(self, monkeypatch: pytest.MonkeyPatch):
        missing = Subscribers(Rabbitmqctl(["no-such-rabbitmqctl"]), PUBLIC)
        monkeypatch.setattr(program, "_subscribers", lambda _program: missing)

        status, shown = self.run("list")

        assert status == 1
        assert "no-such-rabbitmqctl" in shown


@pytest.mark.req("SUB-2")
def test_a_failing_program_is_an_error_with_its_words():
    with pytest.raises(BrokerError, match="rabbitmqctl delete_user: no node"):
        Rabbitmqctl(["sh", "-c", "echo no node >&2; exit 69"]).delete_user("subscriber-x")


@pytest.mark.parametrize(
    ("listed", "written"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ([192, 0, 2, 7], "192.0.2.7"),
        ([0x2001, 0xDB8, 0, 0, 0, 0, 0, 1], "2001:db8::1"),
    ],
)
def test_addresses_are_written_as_people_write_them(listed: object, written: str, tmp_path: Path):
    answer = tmp_path / "connections.json"
    answer.write_text(json.dumps([{"user": "subscriber-x", "peer_host": listed, "connected_at": 1}]))

    (connection,) = Rabbitmqctl(["sh", "-c", f"cat {answer}"]).connections()

    assert connection["peer_host"] == written
