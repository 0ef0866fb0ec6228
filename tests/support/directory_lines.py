"""Lines of a directory of institutions, put together column by column."""

from typing import Final

COLUMNS: Final = {
    "institution_id": (12, 21),
    "name_en": (34, 69),
    "name_fr": (70, 105),
    "domicile": (106, 141),
    "civic": (142, 177),
    "city": (214, 249),
    "province": (250, 253),
    "postal_code": (254, 263),
    "country": (264, 283),
    "cycle": (345, 350),
}
"""First and last character, counted from 1, as developer.payments.ca has them."""

DEFAULTS: Final = {
    "institution_id": "081530123",
    "name_en": "Desjardins",
    "name_fr": "Fédération des caisses Desjardins",
    "domicile": "Caisse du Vieux-Québec",
    "civic": "19, rue des Jardins",
    "city": "Québec",
    "province": "QC",
    "postal_code": "G1R 4L4",
    "country": "CANADA",
    "cycle": "261120",
}


def directory_line(**values: str) -> str:
    """A line of 400 characters without its end."""
    line = [" "] * 400
    for name, value in (DEFAULTS | values).items():
        first, last = COLUMNS[name]
        width = last - first + 1
        assert len(value) <= width, name
        line[first - 1 : last] = value.ljust(width)
    return "".join(line)
