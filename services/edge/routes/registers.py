"""Loading registers, for agents: providers, their kinds, professional orders, statements (REG-20)."""

from typing import Final

from pydantic import ValidationError
from starlette.responses import Response

from services.edge.auth.access import Who
from services.edge.bodies import RosterAnswer
from services.edge.language import Text
from services.edge.problems import Invalid
from services.edge.roster import Slice
from services.edge.routes.endpoints import answer
from services.edge.routes.reading import require_media_type
from services.edge.routes.table import CSV, Backend, Call, NoBody, Row, Special
from shared.contracts.identity.providers import LoadRegisterRows


async def load_register(backend: Backend, call: Call[NoBody]) -> Response:
    """Load the CSV in the body as it comes in."""
    require_media_type(call.request, CSV)
    register_name = call.path("register_name")
    try:
        slices = LoadRegisterRows.model_validate(
            {"register_name": register_name, "header": "", "first_line": 2, "lines": ()}
        )
    except ValidationError as error:
        raise Invalid(error, in_body=False) from None

    def command(header: str, part: Slice) -> LoadRegisterRows:
        return slices.model_copy(update={"header": header, "first_line": part.first_line, "lines": part.lines})

    return answer(await backend.roster.load(call.request.stream(), actor=call.actor, command=command))


ROWS: Final[tuple[Row, ...]] = (
    Special(
        method="POST",
        path="/administration/registers/{register_name}",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Charger un registre (CSV) : fournisseurs, genres, ordres professionnels ou relevés",
            "Load a register (CSV): providers, provider kinds, professional orders or statements",
        ),
        media_type=CSV,
        body=NoBody,
        answer=RosterAnswer,
        handle=load_register,
    ),
)
