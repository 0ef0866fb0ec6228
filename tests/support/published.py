"""Public events as they first went out: written once for each type, never changed. Others built readers on them.

``python -m tests.support.published`` (part of ``make contracts``) adds what a new type lacks.
"""

import json
from pathlib import Path
from typing import Any, Final

from shared.json_schemas import public_events, schema

FOLDER: Final = Path(__file__).parent.parent / "contract" / "published"


def first_schema(wire_type: str) -> dict[str, Any]:
    """The schema of a type, with its example, as it was first."""
    found: dict[str, Any] = json.loads((FOLDER / f"{wire_type}.json").read_text(encoding="utf-8"))
    return found


def main() -> None:
    """Keep the schema of every public type that has none yet."""
    FOLDER.mkdir(exist_ok=True)
    for event in public_events():
        path = FOLDER / f"{event.wire_type}.json"
        if not path.exists():
            path.write_text(json.dumps(schema(event), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
