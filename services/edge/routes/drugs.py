"""The drug list: looking up for members and agents, loading for agents (COV-1, COV-4)."""

from typing import Final

from starlette.responses import Response

from services.edge import drug_list
from services.edge.auth.access import Who
from services.edge.language import Text
from services.edge.routes.endpoints import answer
from services.edge.routes.reading import require_media_type
from services.edge.routes.table import ZIP, Backend, Call, Header, NoBody, Relay, Row, Special
from shared.contracts.claims.drugs import (
    DrugListReport,
    DrugListView,
    DrugsPage,
    DrugView,
    GetDrug,
    GetDrugList,
    SearchDrugs,
)

FEATURE: Final = "drug_lookup"
SEARCHED_BY: Final = ("text", "form", "strength", "route", "schedule", "sort", "limit", "after")
SKIP_BAD_ROWS: Final = Header(
    name="Skip-Bad-Rows",
    pattern="^(true|false)$",
    meaning=Text(
        "« true » : laisser de côté les produits dont une ligne est mal formée, jusqu’à cent lignes.",
        "“true”: leave out products of which a row is malformed, up to a hundred rows.",
    ),
    required=False,
)


async def load_drug_list(backend: Backend, call: Call[NoBody]) -> Response:
    """Load the extract in the body as it comes in."""
    require_media_type(call.request, ZIP)
    skip = call.request.headers.get(SKIP_BAD_ROWS.name, "").strip().lower() == "true"
    report = await drug_list.load(
        backend.rpc, call.request.stream(), skip_bad_rows=skip, actor=call.actor, ids=backend.ids
    )
    return answer(report)


ROWS: Final[tuple[Row, ...]] = (
    Relay(
        method="GET",
        path="/drugs",
        who=Who.MEMBER,
        feature=FEATURE,
        tag="drugs",
        summary=Text("Chercher un médicament par nom, ingrédient ou DIN", "Search drugs by name, ingredient or DIN"),
        message=SearchDrugs,
        query=SEARCHED_BY,
        answer=DrugsPage,
    ),
    Relay(
        method="GET",
        path="/drugs/{din}",
        who=Who.MEMBER,
        feature=FEATURE,
        tag="drugs",
        summary=Text("Un médicament", "A drug"),
        message=GetDrug,
        answer=DrugView,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/administration/drugs",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Chercher un médicament par nom, ingrédient ou DIN", "Search drugs by name, ingredient or DIN"),
        message=SearchDrugs,
        query=SEARCHED_BY,
        answer=DrugsPage,
    ),
    Relay(
        method="GET",
        path="/administration/drugs/{din}",
        who=Who.AGENT,
        tag="administration",
        summary=Text("Un médicament", "A drug"),
        message=GetDrug,
        answer=DrugView,
        problems=(404,),
    ),
    Relay(
        method="GET",
        path="/drug-list",
        who=Who.SIGNED_IN,
        tag="drugs",
        summary=Text("Version et provenance de la liste des médicaments", "Version and source of the drug list"),
        message=GetDrugList,
        answer=DrugListView,
        problems=(404,),
    ),
    Special(
        method="PUT",
        path="/drug-list",
        who=Who.AGENT,
        tag="administration",
        summary=Text(
            "Remplacer la liste des médicaments par un extrait de Santé Canada (zip)",
            "Replace the drug list by an extract of Health Canada (zip)",
        ),
        headers=(SKIP_BAD_ROWS,),
        media_type=ZIP,
        body=NoBody,
        answer=DrugListReport,
        problems=(409,),
        handle=load_drug_list,
    ),
)
