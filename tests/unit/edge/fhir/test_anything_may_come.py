"""Whatever is sent is answered, and never with a defect of ours (CLM-13)."""

import copy
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.edge.fhir.library import model_of
from tests.unit.edge.fhir.conftest import Post, golden

EXAMPLES = tuple(golden(f"{name}.claim.json") for name in ("physiotherapy", "crown", "pharmacy"))
FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from([10**30, -1, 0, 1e300, "", " ", "#", "#provider", "2026", "urn:acquit:person", "1e5", "0" * 100])
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a resource but its root."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield (*way, name)
        yield from places(each, (*way, name))


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A worked example with one to three elements replaced, taken away, doubled or wrapped."""
    resource = copy.deepcopy(draw(st.sampled_from(EXAMPLES)))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(sorted(places(resource), key=str)))
        place = resource
        for part in way:
            place = place[part]
        match draw(st.sampled_from(["replace", "remove", "wrap", "list", "add"])):
            case "replace":
                place[last] = draw(anything)
            case "remove":
                del place[last]
            case "wrap":
                place[last] = {"value": place[last]}
            case "list":
                place[last] = [place[last], place[last]]
            case _ if isinstance(place[last], dict):
                place[last][draw(st.text(max_size=8))] = draw(anything)
            case _:
                pass
    return resource


def sent(value: Any) -> bytes:
    return json.dumps(value, default=lambda each: float(each) if isinstance(each, Decimal) else None).encode(
        errors="surrogatepass"
    )


async def check(post: Post, content: bytes) -> None:
    answer = await post(content)
    assert answer.status_code in {200, 400, 422}, (answer.status_code, content)
    resource = answer.json()
    model_of(resource["resourceType"]).model_validate(resource)
    assert resource["resourceType"] == ("ClaimResponse" if answer.status_code == 200 else "OperationOutcome")


@pytest.mark.wide
@pytest.mark.req("CLM-13")
@FUZZ
@given(resource=mutated())
async def test_any_change_to_a_claim_is_taken_or_refused(post: Post, resource: Any) -> None:
    await check(post, sent(resource))


@pytest.mark.wide
@pytest.mark.req("CLM-13")
@FUZZ
@given(value=anything | st.dictionaries(st.sampled_from(["resourceType", "entry", "item", "type"]), anything))
async def test_any_json_is_refused(post: Post, value: Any) -> None:
    await check(post, sent(value))


@pytest.mark.req("CLM-13")
@FUZZ
@given(content=st.binary(max_size=200))
async def test_any_bytes_are_refused(post: Post, content: bytes) -> None:
    await check(post, content)
