"""The catalogue as data, and its search (CLM-1)."""

from collections import Counter

import pytest

from services.claims.data import load_catalogue
from services.claims.domain.bilingual import Language, folded
from services.claims.domain.catalogue import ANY_ANSWER, Ask, Catalogue, ClaimType, QuestionKind
from services.claims.domain.catalogue_loading import catalogue_from_document
from services.claims.domain.errors import InvalidDocumentError
from services.claims.domain.facts import DocumentKind
from services.claims.domain.search import CatalogueSearch, SearchResult, plain
from tests.support.claims_builders import JsonValue, both, catalogue_document, named

pytestmark = pytest.mark.req("CLM-1")


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def index(shipped: Catalogue) -> CatalogueSearch:
    return CatalogueSearch(shipped)


def everything(found: SearchResult) -> tuple[ClaimType, ...]:
    return (*found.common, *found.other)


def claim_type(**overrides: JsonValue) -> dict[str, JsonValue]:
    return {"code": "x", "benefit": "physio", "category": "care", "names": both("x"), **overrides}


def with_service(**overrides: JsonValue) -> list[JsonValue]:
    return [claim_type(services=[{**named("S-1"), **overrides}])]


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
        ("claim_types", [claim_type(asks=["teeth"])], "$.claim_types[0].asks[0]", "'teeth' is not one of area, drug"),
        ("claim_types", [claim_type(asks=["surfaces"])], "$.claim_types[0].asks", "'tooth' must be asked for"),
        ("claim_types", [claim_type(asks=["tooth", "area"])], "$.claim_types[0].asks", "not both"),
        ("claim_types", with_service(surfaces=2), "$.claim_types[0].services[0].asks", "'surfaces' is not asked for"),
        ("claim_types", with_service(surfaces=6), "$.claim_types[0].services[0].surfaces", "at most 5"),
        ("claim_types", with_service(units=0), "$.claim_types[0].services[0].units", "at least 1"),
        ("version", 0, "$.version", "at least 1"),
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


def test_a_service_asks_what_its_claim_type_asks_and_what_it_asks_itself():
    document = catalogue_document(
        claim_types=[claim_type(asks=["tooth"], services=[{**named("S"), "asks": ["lab_fee"]}])]
    )

    found = catalogue_from_document(document).types["x"]

    assert [(each.code, each.asks) for each in found.billable] == [
        ("x", (Ask.TOOTH,)),
        ("S", (Ask.TOOTH, Ask.LAB_FEE)),
    ]


def test_the_shipped_catalogue_is_complete_in_both_languages(shipped: Catalogue):
    assert len(shipped.types) >= 60
    assert shipped.version >= 1
    assert {each.category for each in shipped.types.values()} == set(shipped.categories)
    assert {each.benefit for each in shipped.types.values()} == set(shipped.benefits)
    for each in shipped.types.values():
        texts = [each.names, each.unit, *(service.names for service in each.services)]
        texts += [
            text for asked in each.questions for text in (asked.text, *(option.names for option in asked.options))
        ]
        assert all(text.fr.strip() and text.en.strip() for text in texts), each.code
        assert each.synonyms_fr, each.code
        assert each.synonyms_en, each.code
    kinds = {question.kind for each in shipped.types.values() for question in each.questions}
    assert kinds == set(QuestionKind)


def test_every_category_has_one_type_for_whatever_has_none_and_a_person_reads_what_it_is(shipped: Catalogue):
    catch_alls = [each for each in shipped.types.values() if each.other]

    assert sorted(each.category for each in catch_alls) == sorted(shipped.categories)
    for each in catch_alls:
        assert each.names.fr.startswith("Autre")
        assert each.names.en.startswith("Other")
        [described] = [question for question in each.questions if question.id == "describe"]
        assert described.required
        assert described.review is not None
        assert described.review.answer == ANY_ANSWER
        assert not each.common


@pytest.mark.parametrize("language", ["fr", "en"])
def test_names_are_unique_and_a_synonym_leads_to_two_types_at_most(shipped: Catalogue, language: Language):
    names = Counter(plain(each.names.of(language)) for each in shipped.types.values())
    synonyms = Counter(plain(word) for each in shipped.types.values() for word in each.synonyms(language))

    assert [name for name, count in names.items() if count > 1] == []
    assert [word for word, count in synonyms.items() if count > 2] == []


@pytest.mark.wide
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_type_is_found_by_all_its_names_synonyms_and_services_in_either_language(
    shipped: Catalogue, index: CatalogueSearch, language: Language
):
    for each in shipped.types.values():
        words = [each.names.fr, each.names.en, *each.synonyms_fr, *each.synonyms_en, each.code]
        words += [text for service in each.services for text in (service.code, service.names.fr, service.names.en)]
        for word in words:
            assert each in everything(index.search(word, language)), (each.code, word)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_type_is_the_first_of_its_group_under_its_own_name(
    shipped: Catalogue, index: CatalogueSearch, language: Language
):
    for each in shipped.types.values():
        found = index.search(each.names.of(language), language)
        assert (found.common if each.common else found.other)[0] == each


def test_dental_services_tell_what_they_ask_for(shipped: Catalogue):
    asks = {service.code: set(service.asks) for each in shipped.types.values() for service in each.billable}

    assert asks["DX-RCL"] == set()
    assert asks["DB-CMP"] == asks["dental_filling"] == {Ask.TOOTH, Ask.SURFACES}
    assert asks["DM-CRN"] == {Ask.TOOTH, Ask.LAB_FEE}
    assert asks["DM-INL"] == {Ask.TOOTH, Ask.LAB_FEE, Ask.SURFACES}
    assert asks["DM-FUL"] == {Ask.AREA, Ask.LAB_FEE}
    assert asks["prescription_drug"] == {Ask.DRUG}


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
        ("œil", "fr", "vision_other"),
        ("braces", "fr", "dental_orthodontics"),
        ("dentiste", "en", "dental_exam"),
        ("10312", "fr", "dental_scaling"),
        ("check up", "en", "dental_exam"),
        ("séance d’acupuncture", "fr", "acupuncture"),
        ("qwertz", "fr", None),
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


@pytest.mark.parametrize(
    ("typed", "language", "first"),
    [
        ("phisio", "fr", "physiotherapy"),
        ("masage", "fr", "massage_therapy"),
        ("orhtopedique", "fr", "orthopaedic_shoes"),
        ("fauteil roullant", "fr", "wheelchair"),
        ("chiropracter", "en", "chiropractic"),
        ("psycolog", "en", "psychology"),
    ],
)
def test_small_typing_mistakes_are_forgiven(index: CatalogueSearch, typed: str, language: Language, first: str):
    assert everything(index.search(typed, language))[0].code == first


def test_mistakes_are_forgiven_only_when_nothing_matches_as_typed(index: CatalogueSearch):
    assert [each.code for each in everything(index.search("carie", "fr"))] == ["dental_filling"]
    assert len(everything(index.search("caree", "fr"))) > 1  # may be "care" as well


@pytest.mark.parametrize("typed", ["dxs", "kos", "xyzzyx physio", "pphhyysio"])
def test_short_words_and_many_mistakes_are_not_guessed_at(index: CatalogueSearch, typed: str):
    assert everything(index.search(typed, "fr")) == ()


def test_what_is_other_in_its_category_comes_last(index: CatalogueSearch):
    assert index.search("équipement médical", "fr").other[-1].code == "medical_equipment"
    assert index.search("soins dentaires", "fr").other[-1].code == "dental_other"


def test_part_of_a_word_is_enough(index: CatalogueSearch):
    assert [each.code for each in index.search("radiograph", "en").other] == ["dental_xray"]
    assert [each.code for each in index.search("wheel", "en").other] == ["wheelchair"]
    assert [each.code for each in index.search("thérapie", "fr").common] == ["massage_therapy", "physiotherapy"]


@pytest.mark.parametrize(
    ("typed", "language"),
    [("Autre", "fr"), ("autres", "fr"), ("OTHER", "en"), ("others", "en"), ("other", "fr"), ("autre", "en")],
)
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
