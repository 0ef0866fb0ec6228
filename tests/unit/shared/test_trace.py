"""W3C trace context: a well-formed parent is continued, anything else begins anew."""

import re

import pytest

from shared.telemetry import Trace, current_trace, next_traceparent, set_trace

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"
WELL_FORMED = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01")


def read(traceparent: str) -> tuple[str, str]:
    found = WELL_FORMED.fullmatch(traceparent)
    assert found is not None, traceparent
    return found[1], found[2]


@pytest.mark.req("OPS-5")
@pytest.mark.parametrize("parent", [PARENT, PARENT.replace("00-", "cc-", 1), PARENT[:-2] + "00"])
def test_a_trace_is_continued_with_a_span_of_its_own(parent: str):
    trace_id, span_id = read(next_traceparent(parent))
    assert trace_id == TRACE_ID
    assert span_id != SPAN_ID
    assert span_id != read(next_traceparent(parent))[1]


@pytest.mark.req("OPS-5")
@pytest.mark.parametrize(
    "parent",
    [
        None,
        "",
        "garbage",
        f"00-{TRACE_ID}-{SPAN_ID}",
        f"{PARENT}-more",
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        f"00-{TRACE_ID.upper()}-{SPAN_ID}-01",
        f"00-{'x' * 32}-{SPAN_ID}-01",
        f"00-{chr(10) * 32}-{SPAN_ID}-01",
        f"{PARENT}\n",
    ],
)
def test_a_parent_that_is_not_well_formed_is_forgotten(parent: str | None):
    trace_id, _ = read(next_traceparent(parent))
    assert trace_id not in {TRACE_ID, "0" * 32}
    assert trace_id != read(next_traceparent(parent))[0]


def test_a_trace_keeps_the_correlation_of_its_request():
    trace = Trace.start("request-1", PARENT)
    assert trace.correlation_id == "request-1"
    assert read(trace.traceparent)[0] == TRACE_ID


async def test_the_trace_is_that_of_the_task_at_hand():
    trace = Trace.start("request-1")
    set_trace(trace)
    assert current_trace() == trace
