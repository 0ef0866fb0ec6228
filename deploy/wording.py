"""The words of claims that payments prints on statements: ``python -m deploy.wording`` writes them anew.

Services import nothing of each other; what both must say alike is made from one source, and a test compares.
"""

import json
from pathlib import Path
from typing import Final

from services.claims.data import load_catalogue, load_wording

TARGET: Final = Path(__file__).parent.parent / "services" / "payments" / "documents" / "wording.json"


def wording() -> str:
    """Reasons and claim types by code, in both languages."""
    reasons = {code.value: reason.words for code, reason in load_wording().reasons.items()}
    types = {code: claim_type.names for code, claim_type in load_catalogue().types.items()}
    words = {
        "reasons": {code: {"fr": text.fr, "en": text.en} for code, text in sorted(reasons.items())},
        "claim_types": {code: {"fr": text.fr, "en": text.en} for code, text in sorted(types.items())},
    }
    return json.dumps(words, ensure_ascii=False, indent=2) + "\n"


def main() -> None:
    TARGET.write_text(wording(), encoding="utf-8")


if __name__ == "__main__":
    main()
