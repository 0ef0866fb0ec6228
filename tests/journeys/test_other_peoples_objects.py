"""Whatever has an id in its address is another's for everybody but its owner: 404, and the same for ids that there are
not (A3, authorisation sweep, second half; R7). What is for agents is shut for everybody else.

A new route with an id belongs into a module of ``tests.journeys.objects`` with a way to make one, or into
``ELSEWHERE`` with the reason; a route in neither fails the build. The owner goes last: nobody changed or removed it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import httpx
import pytest

from deploy.demo.client import Person
from services.edge.auth.codes import challenge_key
from services.edge.routes import TABLE
from services.edge.routes.table import Row
from shared.clock import new_id
from tests.journeys.objects import administration, challenges, members, providers
from tests.journeys.objects.cast import Case, Cast, Made
from tests.support.waiting import eventually
from tests.support.world import World

CASES: Final[Mapping[str, Case]] = {
    **members.CASES,
    **providers.CASES,
    **challenges.CASES,
    **administration.CASES,
}
"""By route, in an order in which no case spoils what a later one needs."""

ELSEWHERE: Final = {
    "GET /terms/{terms_id}": "for everybody",
    "GET /claim-types/{claim_type}": "for everybody",
    "GET /drugs/{din}": "for everybody",
    "GET /institutions/{institution}/branches/{transit}": "for everybody",
    "GET /schemas/{wire_type}": "for everybody",
    "GET /drugs/{din}/eligibility": "drugs are for everybody; whose eligibility it is stands in the query, which is "
    "checked by tests/unit/claims",
}
"""Routes whose id is nobody's."""

INSTANCE: Final = re.compile(r'"instance":"[^"]*"')
ROWS: Final = {row.name: row for row in TABLE if row.path_parameters}
UNKNOWN: Final = {
    "claim_number": "7K2M-9QXA-4T1B",
    "batch_number": "99999999",
    "register_name": "nothing",
    "cheque_number": "999999",
}
"""Ids of their own forms that nothing has; all others are like those made here."""


def test_every_route_with_an_id_is_tried_with_an_object_of_somebody_else() -> None:
    assert ROWS.keys() - ELSEWHERE.keys() - CASES.keys() == set(), "add a way to make one, or say why there is none"
    assert CASES.keys() | ELSEWHERE.keys() <= ROWS.keys()
    assert CASES.keys() & ELSEWHERE.keys() == set()


@pytest.fixture(scope="module")
async def cast(world: World) -> Cast:
    return await Cast.gathered(world)


def unknown_like(made: Made) -> dict[str, str]:
    """An object that there is not; of files, in a message that there is not."""
    fresh = challenge_key(new_id()) if made.seen is not None else new_id()
    return {name: UNKNOWN.get(name, value if name == "name" else fresh) for name, value in made.path.items()}


async def ask(row: Row, made: Made, person: Person, path: Mapping[str, str], body: Any) -> httpx.Response:
    return await person.http.request(
        row.method,
        row.path.format(**path),
        json=body,
        content=made.content,
        params=made.query,
        headers={**person.headers(), **made.headers},
    )


def told(answer: httpx.Response, path: Mapping[str, str]) -> tuple[int, str, list[str]]:
    """What a caller learns beyond the ids that it sent and the name of the request."""
    text = INSTANCE.sub("", answer.text).replace(answer.headers.get("x-request-id", "…"), "…")
    for value in path.values():
        text = text.replace(value, "…")
    return answer.status_code, text, sorted(answer.headers)


async def answer_to_owner(row: Row, made: Made) -> httpx.Response:
    """Codes are sent again no sooner than after a while."""

    async def answered() -> httpx.Response | None:
        answer = await ask(row, made, made.owner, made.path, made.body)
        return None if answer.status_code == httpx.codes.TOO_MANY_REQUESTS else answer

    answer = await eventually(answered, "the owner is answered")
    assert answer is not None
    return answer


@pytest.mark.req("LOG-6", "MSG-2", "REG-19", "R7", "B6")
@pytest.mark.parametrize("name", CASES)
async def test_an_object_is_its_owners_and_for_others_as_if_it_were_not(cast: Cast, name: str) -> None:
    row, case = ROWS[name], CASES[name]
    made = await case.make(cast)
    foreign, unknown = made.path if made.seen is None else made.seen, unknown_like(made)
    refusals = []
    for stranger in made.strangers:
        for body in (made.body, *made.guesses):
            others, nobodys = [told(await ask(row, made, stranger, path, body), path) for path in (foreign, unknown)]
            assert others == nobodys
            assert others[0] == case.refused
            refusals.append(others)
    answer = await answer_to_owner(row, made)
    assert answer.status_code == case.answered or (case.answered is None and answer.is_success), answer.text
    assert told(answer, made.path) not in refusals
