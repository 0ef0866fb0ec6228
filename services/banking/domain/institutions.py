"""Institution numbers of Canadian financial institutions that enrolment accepts, the well-known ones named.

The official directory is sold by subscription; this is the short built-in list, which counts until a directory is
loaded (``directory``). A number without a name is accepted all the same. The usual account lengths and transits serve
for warnings only: banks merge, and numbers outlive their rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Institution:
    """A number of three digits and what is known of it.

    Names are empty when they are not known here; ``account_lengths`` when no length is usual; ``transits`` are the
    first digits that all its transits have, empty when nothing is known of them.
    """

    number: str
    name_en: str = ""
    name_fr: str = ""
    account_lengths: tuple[int, ...] = ()
    transits: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """What it is called, or its number."""
        return (self.name_fr if language == "fr" else self.name_en) or self.number


_NAMED: tuple[Institution, ...] = (
    Institution("001", "Bank of Montreal", "Banque de Montréal", (7,)),
    Institution("002", "Scotiabank", "Banque Scotia", (7, 12)),
    Institution("003", "Royal Bank of Canada", "Banque Royale du Canada", (7,)),
    Institution("004", "TD Canada Trust", "TD Canada Trust", (7,)),
    Institution("006", "National Bank of Canada", "Banque Nationale du Canada", (7,)),
    # President's Choice accounts share the number 010 and follow no known length.
    Institution("010", "CIBC", "Banque CIBC"),
    Institution("016", "HSBC Bank Canada (now RBC)", "Banque HSBC Canada (maintenant RBC)", (9, 12), ("10",)),
    Institution("030", "Canadian Western Bank", "Banque canadienne de l'Ouest"),
    Institution("039", "Laurentian Bank of Canada", "Banque Laurentienne du Canada"),
    Institution("177", "Bank of Canada", "Banque du Canada"),
    Institution("219", "ATB Financial", "ATB Financial"),
    Institution("260", "Citibank Canada", "Citibanque Canada"),
    Institution("308", "Bank of China (Canada)", "Banque de Chine (Canada)"),
    Institution("310", "First Nations Bank of Canada", "Banque des Premières Nations du Canada"),
    Institution("338", "Canadian Tire Bank", "Banque Canadian Tire"),
    Institution("340", "ICICI Bank Canada", "Banque ICICI du Canada"),
    Institution("540", "Manulife Bank", "Banque Manuvie"),
    Institution("614", "Tangerine", "Tangerine", (10,), ("00152",)),
    Institution("618", "B2B Bank", "B2B Banque"),
    Institution("621", "Peoples Trust", "Compagnie de fiducie Peoples"),
    Institution("623", "Equitable Bank (EQ Bank)", "Banque Équitable (Banque EQ)"),
    Institution("703", "Wealthsimple", "Wealthsimple"),
    Institution("809", "Central 1 (British Columbia)", "Central 1 (Colombie-Britannique)"),
    Institution("815", "Desjardins (Québec)", "Desjardins (Québec)", (7,)),
    Institution("819", "Caisse Groupe Financier (Manitoba)", "Caisse Groupe Financier (Manitoba)"),
    Institution("828", "Central 1 (Ontario)", "Central 1 (Ontario)", (5, 6, 7, 8, 9, 10, 11, 12)),
    Institution("829", "Desjardins (Ontario)", "Desjardins (Ontario)"),
    Institution("837", "Meridian Credit Union", "Caisse Meridian"),
    Institution("839", "Atlantic Central", "Atlantic Central"),
    Institution("865", "UNI Financial Cooperation", "UNI Coopération financière"),
    Institution("879", "Credit Union Central of Manitoba", "Centrale des caisses du Manitoba"),
    Institution("889", "Credit Union Central of Saskatchewan", "Centrale des caisses de la Saskatchewan"),
    Institution("899", "Alberta Central", "Centrale des caisses de l'Alberta"),
)

# fmt: off
_UNNAMED: tuple[str, ...] = (
    "117", "127", "241", "242", "245", "248", "250", "265", "269", "270", "275", "277", "290", "294",
    "301", "303", "307", "309", "311", "314", "315", "320", "321", "323", "327", "328", "330", "332",
    "334", "335", "342", "343", "346", "352", "355", "361", "362", "366", "370", "372", "376", "378",
    "509", "608", "807", "842", "853", "890",
)
# fmt: on

INSTITUTIONS: Mapping[str, Institution] = MappingProxyType(
    {institution.number: institution for institution in (*_NAMED, *map(Institution, _UNNAMED))}
)
"""By number."""

INSTITUTION_NUMBERS: frozenset[str] = frozenset(INSTITUTIONS)
