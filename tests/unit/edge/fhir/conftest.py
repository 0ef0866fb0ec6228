import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.edge.fhir.wire import written
from tests.support.edge_api import Edge

GOLDEN = Path(__file__).parent / "golden"
Post = Callable[..., Any]


def golden(name: str) -> Any:
    """A worked example; amounts as they stand there."""
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"), parse_float=Decimal)


@pytest.fixture
def post(edge: Edge) -> Post:
    """Submits a resource, or bytes, as one member; ``with_`` are further headers."""
    bearer = edge.bearer(account_id="account-1")

    async def posting(resource: Any, with_: dict[str, str] | None = None) -> httpx.Response:
        content = resource if isinstance(resource, bytes) else written(resource)
        headers = bearer | {"content-type": "application/fhir+json"} | (with_ or {})
        return await edge.client.post("/fhir/Claim/$submit", content=content, headers=headers)

    return posting
