"""Decisions in plain words, in both languages (CLM-8, CLM-9)."""

import json
import string
from dataclasses import replace
from datetime import date

import pytest

from services.claims.data import DIRECTORY, load_catalogue
from services.claims.domain.adjudication import DOSSIER_KNOWN, PIPELINE, Outcome, StepOutcome, explain
from services.claims.domain.adjudication import wording_from_documents as load
from services.claims.domain.adjudication.figure_text import figure_text
from services.claims.domain.errors import InvalidDocumentError
from services.claims.domain.facts import Ruling
from services.claims.domain.reasons import ReasonCode
from tests.support.claims_builders import accumulators, claim_facts, decide, line, wording

pytestmark = pytest.mark.req("CLM-8", "CLM-9")

FACTS = claim_facts(
    line("PH-TRT", 125_050, units=13), line("DX-RCL", 4500, service_date=date(2026, 7, 1)), line("glasses", 1000)
)


def test_a_decision_is_told_in_english():
    told = explain(decide(FACTS, used=accumulators()), "en", wording=wording())

    assert told == [
        "Claim pended: $1,305.50 submitted, $500.00 paid.",
        "Line 1 (PH-TRT, 2026-05-04) approved in part: $1,250.50 submitted, $500.00 paid.",
        "Customary charge: $90.00 per unit × 13; amount allowed: $1,170.00.",
        "Deductible of the person: $50.00, $0.00 of it already applied this year.",
        "Deductible applied: $50.00; $1,120.00 is left.",
        "The plan pays 80% of $1,120.00: $896.00.",
        "Annual maximum of the benefit: $500.00, $0.00 of it already paid; $500.00 is left.",
        "Shared maximum: $600.00, $0.00 of it already paid.",
        "Benefit: $500.00.",
        "The amount is above the customary charge for this service in your province. The difference is yours to pay.",
        "The deductible was applied. You have nothing to do.",
        "The annual maximum of this benefit limits the payment. The rest is yours or another plan’s to pay.",
        "Line 2 (DX-RCL, 2026-07-01) denied: $45.00 submitted, $0.00 paid.",
        "Service on 2026-07-01; today is 2026-06-15.",
        "The date of service is in the future. Submit the claim once the service has been received.",
        "Line 3 (glasses, 2026-05-04) pended: $10.00 submitted, $0.00 paid.",
        "Documents missing: 2.",
        "Amount allowed: $10.00.",
        "The plan pays 100% of $10.00: $10.00.",
        "Annual maximum of the benefit: $200.00, $0.00 of it already paid.",
        "Estimated benefit, if all is confirmed: $10.00.",
        "The receipt is missing. Add the receipt to this same claim.",
    ]


def test_a_service_is_told_by_its_name_where_the_catalogue_has_one():
    named = replace(wording(), services=load_catalogue().names())

    told = explain(decide(claim_facts(line("PH-TRT", 9_000), line("ZZ-000", 100))), "fr", wording=named)

    headings = [sentence for sentence in told if sentence.startswith("Ligne")]
    assert headings[0].startswith("Ligne 1 (Traitement de physiothérapie, 2026-05-04)")
    assert headings[1].startswith("Ligne 2 (ZZ-000, 2026-05-04)")


def test_a_decision_is_told_in_french():
    told = explain(decide(FACTS, used=accumulators()), "fr", wording=wording())

    assert [sentence.replace("\u00a0", "~") for sentence in told[:12]] == [
        "Demande en attente~: 1~305,50~$ demandés, 500,00~$ remboursés.",
        "Ligne 1 (PH-TRT, 2026-05-04) acceptée en partie~: 1~250,50~$ demandés, 500,00~$ remboursés.",
        "Frais habituels~: 90,00~$ par unité × 13; montant admis~: 1~170,00~$.",
        "Franchise de la personne~: 50,00~$, dont 0,00~$ déjà retenus cette année.",
        "Franchise retenue~: 50,00~$; il reste 1~120,00~$.",
        "Le régime paie 80~% de 1~120,00~$~: 896,00~$.",
        "Maximum annuel de la garantie~: 500,00~$, dont 0,00~$ déjà payés; il reste 500,00~$.",
        "Maximum commun~: 600,00~$, dont 0,00~$ déjà payés.",
        "Remboursement~: 500,00~$.",
        (
            "Le montant dépasse les frais habituels pour ce service dans votre province. "
            "La différence reste à votre charge."
        ),
        "La franchise a été retenue. Vous n’avez rien à faire.",
        (
            "Le maximum annuel de cette garantie limite le paiement. "
            "Le reste est à votre charge ou à celle d’un autre régime."
        ),
    ]


@pytest.mark.parametrize(
    ("name", "value", "english", "french"),
    [
        ("x_cents", 5, "$0.05", "0,05~$"),
        ("x_cents", 123_456_789, "$1,234,567.89", "1~234~567,89~$"),
        ("x_cents", -250, "-$2.50", "-2,50~$"),
        ("share_e4", 58_327_500, "$58.3275", "58,3275~$"),
        ("share_e4", 58_300_000, "$58.30", "58,30~$"),
        ("coinsurance_bp", 8000, "80%", "80~%"),
        ("coinsurance_bp", 6650, "66.5%", "66,5~%"),
        ("service_date", 20260503, "2026-05-03", "2026-05-03"),
        ("used_units", 12, "12", "12"),
    ],
)
def test_a_figure_is_written_as_people_read_it(name: str, value: int, english: str, french: str):
    assert figure_text(name, value, language="en") == english
    assert figure_text(name, value, language="fr").replace("\u00a0", "~") == french


def test_every_sentence_is_known_to_a_rule_and_uses_the_same_figures_in_both_languages():
    rules = {rule.id for rule in PIPELINE}
    headings = {"claim", "line", "estimate", "waived", *(f"outcome.{outcome}" for outcome in Outcome)}
    for key, words in wording().sentences.items():
        if key not in headings:
            rule_id, _, outcome = key.partition("/")
            assert rule_id in rules
            assert outcome in set(StepOutcome)
        placeholders = [{name for _, name, _, _ in string.Formatter().parse(text)} for text in (words.fr, words.en)]
        assert placeholders[0] == placeholders[1]
    assert headings <= wording().sentences.keys()


def test_the_rule_that_stands_before_the_pipeline_has_an_id_of_its_own():
    assert DOSSIER_KNOWN not in {rule.id for rule in PIPELINE}


def test_every_reason_has_words_and_a_next_step_in_both_languages():
    assert set(wording().reasons) == set(ReasonCode)
    for reason in wording().reasons.values():
        for text in (reason.words, reason.next_step):
            assert text.fr.endswith(".")
            assert text.en.endswith(".")
            assert text.fr != text.en


def test_a_reason_without_words_is_refused():
    reasons = json.loads((DIRECTORY / "reasons.json").read_text(encoding="utf-8"))
    reasons["reasons"] = [entry for entry in reasons["reasons"] if entry["code"] != "too_soon"]

    with pytest.raises(InvalidDocumentError, match="'too_soon' is missing"):
        load(reasons, {"sentences": []})


def test_a_sentence_given_twice_is_refused():
    sentence = {"key": "claim", "words": {"fr": "a", "en": "a"}}

    with pytest.raises(InvalidDocumentError, match=r"\$\.sentences\[1\]\.key: 'claim' stands here twice"):
        load({"reasons": []}, {"sentences": [sentence, sentence]})


@pytest.mark.req("CLM-12")
def test_a_question_that_a_reviewer_answered_is_told():
    ruled = claim_facts(line("glasses", 1000), rulings={1: Ruling(waived=frozenset({"checks.documents_present"}))})

    decision = decide(ruled)

    assert decision.outcome is Outcome.APPROVED
    assert "Reviewed by our team: The receipt is missing." in explain(decision, "en", wording=wording())
    assert "Vérifié par notre équipe\u00a0: Le reçu manque." in explain(decision, "fr", wording=wording())
