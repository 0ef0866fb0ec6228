"""The id of a dossier: derived from contract and certificate, so that whoever knows the numbers names the same one.

Identity makes dossiers; claims meets their numbers first on a provider's claim (CLM-6). It must never change.
"""

from typing import Final
from uuid import NAMESPACE_URL, uuid5

NAMESPACE: Final = uuid5(NAMESPACE_URL, "urn:acquit:identity:roster")


def dossier_id(contract: str, certificate: str) -> str:
    """The id for a contract and a certificate, however they are written: spaces around and case do not count."""
    return str(uuid5(NAMESPACE, f"{contract.strip().upper()}|{certificate.strip().upper()}"))
