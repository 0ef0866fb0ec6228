"""HTML to tagged PDF (PDF/UA-1) with WeasyPrint. Imported by the rendering processes only: see ``rendering``."""

import warnings
from typing import Final

with warnings.catch_warnings():
    # Without HarfBuzz's own subsetter WeasyPrint takes fontTools, and says so at every import.
    warnings.simplefilter("ignore", DeprecationWarning)
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

VARIANT: Final = "pdf/ua-1"
_NOTHING: Final = URLFetcher(allowed_protocols=())
"""A statement holds all that it shows: nothing is fetched, from the network or from files."""


def pdf_of(html: str, identifier: bytes) -> bytes:
    """The PDF; the same bytes for the same HTML and identifier."""
    document = HTML(string=html, url_fetcher=_NOTHING)
    pdf = document.write_pdf(pdf_variant=VARIANT, pdf_identifier=identifier)
    if not isinstance(pdf, bytes):
        raise TypeError("WeasyPrint wrote somewhere else")
    return pdf
