"""Terms of use: reading and accepting them (LOG-7, REG-10)."""

from typing import Annotated, ClassVar

from pydantic import Field

from shared.contracts import Command, Instant, Language, Query, View

TermsId = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$", examples=["members"])]
TermsVersion = Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9.-]+$", examples=["2026-11"])]


class TermsView(View):
    """The version in force. ``due`` says that the caller has to accept it before anything else works."""

    terms_id: TermsId
    version: TermsVersion
    language: Language
    title: str
    paragraphs: tuple[str, ...]
    due: bool = False
    accepted_at: Instant | None = None


class ReadTerms(Query):
    """The text of some terms, for anybody."""

    wire_type: ClassVar[str] = "identity.read_terms.v1"

    terms_id: TermsId
    language: Language


class ListTerms(Query):
    """The terms that the caller accepts, those that are due first."""

    wire_type: ClassVar[str] = "identity.list_terms.v1"


class OwnTerms(View):
    """The terms of somebody."""

    terms: tuple[TermsView, ...]


class AcceptTerms(Command):
    """The caller consents to a version that was shown."""

    wire_type: ClassVar[str] = "identity.accept_terms.v1"

    terms_id: TermsId
    version: TermsVersion
