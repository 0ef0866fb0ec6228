"""The catalogue as data, and its search (CLM-1)."""

import pytest

from services.claims.data import load_catalogue
from services.claims.domain.bilingual import folded
from services.claims.domain.catalogue import Catalogue, QuestionKind
from services.claims.domain.catalogue_loading import catalogue_from_document
from services.claims.domain.errors import InvalidDocumentError
from services.claims.domain.facts import DocumentKind
from services.claims.domain.search import CatalogueSearch
from tests.support.claims_builders import JsonValue, both, catalogue_document, named

pytestmark = pytest.mark.req("CLM-1")


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def index(shipped: Catalogue) -> CatalogueSearch:
    return CatalogueSearch(shipped)


def claim_type(**overrides: JsonValue) -> dict[str, JsonValue]:
    return {"code": "x", "benefit": "physio", "category": "care", "names": both("x"), **overrides}


@pytest.mark.parametrize(
    ("part", "value", "path", "problem"),
    [
        ("claim_types", [], "$.claim_types", "at least one"),
        ("claim_types", [claim_type(benefit="yoga")], "$.claim_types[0].benefit", "'yoga' is not one of"),
        ("claim_types", [claim_type(category="art")], "$.claim_types[0].category", "'art' is not one of care"),
        ("claim_types", [claim_type(questions=["why"])], "$.claim_types[0].questions[0]", "not a question"),
        ("claim_types", [claim_type(needs_recipt=True)], "$.claim_types[0].needs_recipt", "not a known key"),
        ("claim_types", [claim_type(needs_receipt="yes")], "$.claim_types[0].needs_receipt", "true or false"),
        ("claim_types", [claim_type(names={"fr": "x"})], "$.claim_types[0].names.en", "is missing"),
        ("claim_types", [claim_type(code="a b")], "$.claim_types[0].code", "letters, digits"),
        ("claim_types", [claim_type(), claim_type()], "$.claim_types[1].code", "'x' is the code of another"),
        ("claim_types", [claim_type(services=[named("x")])], "$.claim_types[0].code", "'x' is the code of another"),
        ("claim_types", "none", "$.claim_types", "must be a list"),
        ("claim_types", ["physio"], "$.claim_types[0]", "must be an object"),
        ("benefits", [named("a"), named("a")], "$.benefits[1].code", "stands here twice"),
        (
            "questions",
            [{"id": "q", "kind": "riddle", "text": both("q")}],
            "$.questions[0].kind",
            "'riddle' is not one of choice, date, text, yes_no",
        ),
        (
            "questions",
            [{"id": "q", "kind": "choice", "text": both("q")}],
            "$.questions[0].options",
            "must be given for a question of kind 'choice'",
        ),
    ],
)
def test_a_mistake_in_the_catalogue_is_named_by_its_path(part: str, value: JsonValue, path: str, problem: str):
    with pytest.raises(InvalidDocumentError) as refused:
        catalogue_from_document(catalogue_document(**{part: value}))

    assert any(found.path == path and problem in found.text for found in refused.value.problems), str(refused.value)
    assert refused.value.code == "claims.document_invalid"


def test_all_mistakes_are_told_at_once():
    with pytest.raises(InvalidDocumentError) as refused:
        catalogue_from_document(catalogue_document(claim_types=[claim_type(benefit="yoga", code="")]))

    assert refused.value.params["problem_count"] == 2
    assert "$.claim_types[0].code" in str(refused.value)
    assert "$.claim_types[0].benefit" in str(refused.value)


def test_a_document_that_is_no_object_is_refused():
    with pytest.raises(InvalidDocumentError, match=r"\$: must be an object"):
        catalogue_from_document(["catalogue"])


def test_the_shipped_catalogue_is_complete_in_both_languages(shipped: Catalogue):
    assert len(shipped.types) >= 20
    assert {each.category for each in shipped.types.values()} == set(shipped.categories)
    assert {each.benefit for each in shipped.types.values()} == set(shipped.benefits)
    for each in shipped.types.values():
        assert each.names.fr
        assert each.names.en
        assert each.unit.fr
        assert each.unit.en
    kinds = {question.kind for each in shipped.types.values() for question in each.questions}
    assert kinds == set(QuestionKind)


def test_the_flags_of_a_type_tell_which_documents_it_needs(shipped: Catalogue):
    assert shipped.types["physiotherapy"].documents_needed == ()
    assert shipped.types["massage_therapy"].documents_needed == (DocumentKind.REFERRAL,)
    assert shipped.types["orthotics"].documents_needed == (DocumentKind.RECEIPT, DocumentKind.PRESCRIPTION)


@pytest.mark.parametrize(
    "typed", ["détartrage", "DETARTRAGE", "  détartr", "tartre", "De\u0301tartrage", "hygieniste detart"]
)
def test_accents_and_case_do_not_matter(index: CatalogueSearch, typed: str):
    assert [each.code for each in index.search(typed, "fr").common] == ["dental_scaling"]


@pytest.mark.parametrize(
    ("typed", "language", "first"),
    [
        ("physio", "fr", "physiotherapy"),
        ("back", "en", "chiropractic"),
        ("Médicament", "fr", "prescription_drug"),
        ("œil", "fr", None),
        ("mental health", "en", "psychology"),
        ("ph-trt", "en", "physiotherapy"),
        ("recall", "en", "dental_exam"),
    ],
)
def test_synonyms_and_service_codes_find_their_type(index: CatalogueSearch, typed: str, language, first: str | None):
    found = index.search(typed, language)

    assert next((each.code for each in (*found.common, *found.other)), None) == first


def test_common_types_come_apart_from_the_others(index: CatalogueSearch):
    found = index.search("dentaire", "fr")

    assert {each.code for each in found.common} >= {"dental_exam", "dental_cleaning"}
    assert {each.code for each in found.other} >= {"dental_crown", "dental_xray"}
    assert all(each.common for each in found.common)
    assert not any(each.common for each in found.other)


def test_a_name_that_begins_with_the_text_comes_before_one_that_only_mentions_it(index: CatalogueSearch):
    found = index.search("nettoyage", "fr")

    assert [each.code for each in found.common] == ["dental_cleaning", "dental_scaling"]


def test_part_of_a_word_is_enough(index: CatalogueSearch):
    assert [each.code for each in index.search("radiograph", "en").other] == ["dental_xray"]
    assert [each.code for each in index.search("wheel", "en").other] == ["medical_equipment"]
    assert [each.code for each in index.search("thérapie", "fr").common] == [
        "massage_therapy",
        "physiotherapy",
        "psychology",
    ]


@pytest.mark.parametrize(("typed", "language"), [("Autre", "fr"), ("autres", "fr"), ("OTHER", "en"), ("others", "en")])
def test_other_reveals_the_rest(index: CatalogueSearch, shipped: Catalogue, typed: str, language):
    found = index.search(typed, language)

    assert found.common == ()
    assert {each.code for each in found.other} == {each.code for each in shipped.types.values() if not each.common}


def test_nothing_typed_offers_the_common_types(index: CatalogueSearch, shipped: Catalogue):
    found = index.search("  ", "fr")

    assert {each.code for each in found.common} == {each.code for each in shipped.types.values() if each.common}
    assert found.other == ()
    assert [folded(each.names.fr) for each in found.common] == sorted(folded(each.names.fr) for each in found.common)


def test_a_text_that_matches_nothing_finds_nothing(index: CatalogueSearch):
    found = index.search("zzz", "fr")

    assert (found.common, found.other) == ((), ())
