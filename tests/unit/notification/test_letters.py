"""Every mail in both languages: complete, without links, written as the language wants it."""

import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any, get_args

import pytest
from jinja2 import UndefinedError

from services.notification.domain import Language, Template
from services.notification.letters import TEMPLATES, Letters, french_spaces
from services.notification.mime import Text
from shared.contracts.identity import ONLINE_SERVICES
from shared.contracts.identity.delegation import RefusalReason
from tests.support.notification_builders import NOW, letter

LETTERS = Letters()
EVERY_VALUE: dict[str, Any] = {
    "name": "Noémie Lachance",
    "code": "402815",
    "expires_at": datetime(2026, 11, 22, 19, 15, tzinfo=UTC),
    "claim_number": "7K2M-9QXA-4T1B",
    "outcome": "reduced",
    "cause": "submitted",
    "missing": "",
    "valid_through": date(2027, 3, 1),
    "submitted_cents": 120_000,
    "benefit_cents": 12_346,
    "received_at": datetime(2026, 11, 23, 3, 30, tzinfo=UTC),
    "batch_number": "10000042",
    "amount_cents": 123_456,
    "payable_on": date(2026, 11, 24),
    "returned_on": date(2026, 11, 25),
    "contract_number": "100200",
    "new_address": "n***@example.org",
    "account_ending": "321",
    "held_until": datetime(2026, 11, 25, 19, 5, tzinfo=UTC),
    "user_name": "D-012345678",
    "opens_at": datetime(2026, 11, 22, 19, 35, tzinfo=UTC),
    "secret": "abcd-efgh-jkmn-pqrs",
    "useless_from": datetime(2026, 12, 7, 19, 15, tzinfo=UTC),
    "request_reference": "K7M2-9QXA",
    "provider_name": "Clinique du Vieux-Moulin",
    "delegate_name": "Luc Tremblay",
    "service": "billing",
    "valid_from": datetime(2026, 11, 23, 17, tzinfo=UTC),
    "reason_code": "email_shared",
    "status": "suspended",
    "browser": "Firefox, Windows",
    "network": "203.0.113.0/24",
    "origin": "Safari, iPhone, 198.51.100.0/24",
    "second_factor": "totp",
}
FACTS = {
    Template.REGISTRATION_CODE: ("402815",),
    Template.SIGN_IN_CODE: ("402815", "Noémie Lachance", "Safari, iPhone, 198.51.100.0/24"),
    Template.ALREADY_REGISTERED: (),
    Template.REGISTRATION_NOT_MATCHED: (),
    Template.DOSSIER_ADDED: ("100200", "Noémie Lachance"),
    Template.CONTACT_CODE: ("402815",),
    Template.RECOVERY_CODE: ("402815", "Noémie Lachance"),
    Template.STEP_UP_CODE: ("402815", "Noémie Lachance"),
    Template.EMAIL_CHANGE_CODE: ("402815",),
    Template.RECOVERY_NOT_MATCHED: (),
    Template.RECOVERY_BLOCKED: ("Noémie Lachance",),
    Template.PASSWORD_CHANGED: ("Noémie Lachance",),
    Template.USER_NAME: ("D-012345678",),
    Template.EMAIL_CHANGED: ("n***@example.org",),
    Template.SECURITY_QUESTIONS_CHANGED: ("Noémie Lachance",),
    Template.ADMINISTRATOR_SECURITY_CHANGED: ("Noémie Lachance",),
    Template.DIRECT_DEPOSIT_CHANGED: ("321", "25"),
    Template.PROVIDER_NOT_MATCHED: (),
    Template.PROVIDER_OF_CHAIN: (),
    Template.PROVIDER_ACCOUNT_OPENED: (),
    Template.TEMPORARY_PASSWORD: ("Noémie Lachance", "D-012345678", "abcd-efgh-jkmn-pqrs", "2026"),
    Template.TEMPORARY_PASSWORD_REMINDER: ("Noémie Lachance", "2026"),
    Template.DIRECT_DEPOSIT_ENROLLED: ("Noémie Lachance",),
    Template.SECOND_FACTOR_CHANGED: ("Noémie Lachance",),
    Template.CLAIM_DECIDED: ("7K2M-9QXA-4T1B", "Noémie Lachance"),
    Template.CLAIM_ESTIMATED: ("7K2M-9QXA-4T1B", "Noémie Lachance"),
    Template.PAYMENT_SENT: ("10000042", "Noémie Lachance"),
    Template.PAYMENT_RETURNED: ("10000042", "Noémie Lachance", "25"),
    Template.INBOX_MESSAGE: ("Noémie Lachance",),
    Template.HYGIENIST_NOT_MATCHED: (),
    Template.HYGIENIST_ACCOUNT_CREATED: ("Noémie Lachance", "D-012345678"),
    Template.HYGIENIST_ACCOUNT_ELSEWHERE: (),
    Template.AGREEMENT_SIGNED: ("Noémie Lachance",),
    Template.DELEGATION_CODE: ("402815",),
    Template.DELEGATION_TO_SIGN: ("K7M2-9QXA", "Clinique du Vieux-Moulin", "Luc Tremblay"),
    Template.DELEGATION_REFUSED: ("K7M2-9QXA", "Luc Tremblay"),
    Template.DELEGATION_GRANTED: ("Clinique du Vieux-Moulin", "Luc Tremblay"),
    Template.DELEGATION_CHANGED: ("Clinique du Vieux-Moulin", "Luc Tremblay"),
    Template.DELEGATE_USER_NAME: ("D-012345678", "Luc Tremblay"),
    Template.DELEGATE_PASSWORD: ("abcd-efgh-jkmn-pqrs", "Clinique du Vieux-Moulin"),
    Template.SUSPICION_CODE: ("402815", "Noémie Lachance"),
    Template.NEW_DEVICE: ("Firefox, Windows", "203.0.113.0/24", "Noémie Lachance"),
    Template.WAS_IT_YOU: ("Firefox, Windows", "203.0.113.0/24", "abcd-efgh-jkmn-pqrs"),
    Template.SESSION_ENDED_REUSE: ("Noémie Lachance",),
    Template.ACCOUNT_DISABLED: ("Noémie Lachance",),
    Template.ACCOUNT_REINSTATED: ("Noémie Lachance",),
}
EACH = [(template, language) for template in Template for language in Language]


def written(template: Template, language: Language, **values: Any) -> Text:
    return LETTERS.write(template, letter(language=language, values={**EVERY_VALUE, **values}))


def visible(html: str) -> str:
    body = html.partition("<body>")[2]
    return unescape(re.sub(r"<[^>]+>", " ", body))


def test_there_are_no_other_templates() -> None:
    names = {path.name.partition(".")[0] for path in TEMPLATES.iterdir()}
    assert names - {"layout", "footer", "claim_decided_outcomes", "delegation_words"} == {
        template.value for template in Template
    }


@pytest.mark.req("MSG-1")
@pytest.mark.parametrize(("template", "language"), EACH)
def test_text_and_html_say_the_same_facts_with_time_and_reference(template: Template, language: Language) -> None:
    text = written(template, language)
    time = "14 h 05" if language is Language.FRENCH else "2:05 p.m."
    for part in (text.plain, visible(text.html)):
        content = part.replace("\u00a0", " ")
        for fact in (*FACTS[template], "7KD", time):
            assert fact in content


@pytest.mark.req("MSG-1")
@pytest.mark.parametrize(("template", "language"), EACH)
def test_no_mail_has_a_link_an_image_or_anything_to_load(template: Template, language: Language) -> None:
    text = written(template, language)
    for part in (text.subject, text.plain, text.html):
        assert not re.search(r"https?:|www\.|<a\b|<img\b|<link\b|\bhref=|\bsrc=|url\(", part)


@pytest.mark.parametrize(("template", "language"), EACH)
def test_a_subject_is_one_short_line_without_the_code(template: Template, language: Language) -> None:
    subject = written(template, language).subject
    assert 10 < len(subject) < 78
    assert "\n" not in subject
    assert "402815" not in subject
    assert "{" not in subject


@pytest.mark.parametrize("template", Template)
def test_each_language_has_its_own_words(template: Template) -> None:
    french, english = (written(template, language) for language in (Language.FRENCH, Language.ENGLISH))
    assert "Bonjour" in french.plain
    assert "Bonjour" in french.html
    assert "Hello" in english.plain
    assert "Hello" in english.html
    assert french.subject != english.subject
    assert '<html lang="fr-CA">' in french.html
    assert '<html lang="en-CA">' in english.html


@pytest.mark.parametrize("template", Template)
@pytest.mark.parametrize("outcome", ["approved", "reduced", "denied", "pended"])
def test_french_has_no_break_spaces_before_double_signs_and_inside_guillemets(template: Template, outcome: str) -> None:
    text = written(template, Language.FRENCH, outcome=outcome)
    for part in (text.subject, text.plain, visible(text.html)):
        assert not re.search(r"[^\u00a0\d][:;?!»]", part), part
        assert not re.search("«[^\u00a0]", part), part
        assert "'" not in part


@pytest.mark.parametrize("template", Template)
def test_english_has_no_space_before_signs(template: Template) -> None:
    text = written(template, Language.ENGLISH)
    for part in (text.subject, text.plain, visible(text.html)):
        assert not re.search(r"[\s\u00a0][:;?!]", part), part


def test_no_break_spaces_replace_plain_ones_only_where_they_belong() -> None:
    assert french_spaces("Quoi ? « Oui » : bien ; tant mieux !") == (
        "Quoi\u00a0? «\u00a0Oui\u00a0»\u00a0: bien\u00a0; tant mieux\u00a0!"
    )
    assert french_spaces("10:30 {% if a != b %}") == "10:30 {% if a != b %}"


def test_money_and_days_are_written_as_each_language_writes_them() -> None:
    french, english = (written(Template.PAYMENT_SENT, language).plain for language in Language)
    assert "Montant\u00a0: 1\u00a0234,56\u00a0$" in french
    assert "Payable le\u00a0: 24\u00a0novembre\u00a02026" in french
    assert "Amount: $1,234.56" in english
    assert "Payable on: November\u00a024,\u00a02026" in english


def test_instants_are_shown_where_the_business_is() -> None:
    assert "Received on: November\u00a022,\u00a02026" in written(Template.CLAIM_DECIDED, Language.ENGLISH).plain
    summer = letter(happened_at=datetime(2026, 7, 1, 19, 5, tzinfo=UTC))
    assert "15\u00a0h\u00a005" in LETTERS.write(Template.PAYMENT_SENT, summer).plain


@pytest.mark.req("LOG-2")
def test_a_code_stands_on_a_line_of_its_own_with_its_expiry_and_reference() -> None:
    for template in Template:
        if not template.value.endswith("_code"):
            continue
        text = written(template, Language.FRENCH)
        assert re.search(r"^ {4}402815$", text.plain, re.MULTILINE)
        assert '<p class="code">402815</p>' in text.html
        assert "jusqu’à 14\u00a0h\u00a015" in text.plain
        assert text.plain.count("7KD") == 2
        assert "7KD" in text.subject


@pytest.mark.parametrize(
    ("outcome", "french", "english"),
    [
        ("approved", "est acceptée.", "is approved."),
        ("reduced", "acceptée en partie", "approved in part"),
        ("denied", "est refusée", "is denied"),
        ("pended", "est à l’étude", "is under review"),
    ],
)
def test_a_decision_is_told_in_plain_words(outcome: str, french: str, english: str) -> None:
    assert french in written(Template.CLAIM_DECIDED, Language.FRENCH, outcome=outcome).plain
    assert english in visible(written(Template.CLAIM_DECIDED, Language.ENGLISH, outcome=outcome).html)


def test_no_amount_is_promised_while_a_claim_is_under_review() -> None:
    assert "123,46" in written(Template.CLAIM_DECIDED, Language.FRENCH).plain
    text = written(Template.CLAIM_DECIDED, Language.FRENCH, outcome="pended")
    assert "123,46" not in text.plain + text.html


def test_only_a_later_decision_replaces_another() -> None:
    assert "remplace" not in written(Template.CLAIM_DECIDED, Language.FRENCH).plain
    assert "remplace" in written(Template.CLAIM_DECIDED, Language.FRENCH, cause="reviewed").plain


@pytest.mark.req("CLM-10", "MSG-1")
@pytest.mark.parametrize(
    ("values", "french", "english"),
    [
        ({"cause": "voided", "outcome": "denied"}, "est annulée", "is voided"),
        ({"cause": "corrected"}, "Vous avez corrigé cette demande", "You corrected this claim"),
        ({"cause": "document_added"}, "Vous avez joint un document", "You added a document"),
        ({"outcome": "pended", "missing": "receipt_missing"}, "attend un reçu", "waits for a receipt"),
        ({"outcome": "pended", "missing": "prescription_missing"}, "attend une ordonnance", "waits for a prescription"),
        ({"outcome": "pended", "missing": "referral_missing"}, "recommandation médicale", "medical referral"),
        ({"outcome": "pended", "missing": "answer_missing"}, "manque une réponse", "answer is missing"),
        ({"outcome": "pended", "missing": "review_document_asked"}, "attend un document", "waits for a document"),
    ],
)
def test_the_mail_says_what_happened_and_what_is_missing(values: dict[str, str], french: str, english: str) -> None:
    assert french in written(Template.CLAIM_DECIDED, Language.FRENCH, **values).plain
    assert french in visible(written(Template.CLAIM_DECIDED, Language.FRENCH, **values).html)
    assert english in written(Template.CLAIM_DECIDED, Language.ENGLISH, **values).plain
    assert english in visible(written(Template.CLAIM_DECIDED, Language.ENGLISH, **values).html)


@pytest.mark.parametrize(
    ("values", "subject"),
    [
        ({"cause": "voided", "outcome": "denied"}, "Claim 7K2M-9QXA-4T1B: voided"),
        ({"outcome": "pended"}, "Claim 7K2M-9QXA-4T1B: under review"),
        ({"outcome": "pended", "missing": "receipt_missing"}, "Claim 7K2M-9QXA-4T1B: something is missing"),
        ({}, "Claim 7K2M-9QXA-4T1B: decision made"),
    ],
)
def test_the_subject_of_a_decision_says_what_it_is_about(values: dict[str, str], subject: str) -> None:
    assert written(Template.CLAIM_DECIDED, Language.ENGLISH, **values).subject == subject


@pytest.mark.req("CLM-10")
def test_an_estimate_promises_nothing() -> None:
    text = written(Template.CLAIM_ESTIMATED, Language.ENGLISH)
    assert "nothing is reserved" in text.plain
    assert "Valid through: March\u00a01,\u00a02027" in text.plain
    for outcome in ("pended", "denied"):
        assert "$123.46" not in written(Template.CLAIM_ESTIMATED, Language.ENGLISH, outcome=outcome).plain


def test_names_cannot_bring_their_own_html() -> None:
    text = written(Template.PAYMENT_SENT, Language.FRENCH, name='<a href="x">Zoé</a> & co')
    assert "&lt;a href" in text.html
    assert "<a" not in text.html
    assert '<a href="x">Zoé</a> & co' in text.plain


def test_a_value_that_a_template_needs_cannot_be_forgotten() -> None:
    with pytest.raises(UndefinedError):
        LETTERS.write(Template.PAYMENT_SENT, letter(values={"name": "Zoé"}, happened_at=NOW))


@pytest.mark.req("DEL-5", "DEL-6")
@pytest.mark.parametrize("language", Language)
def test_every_service_and_reason_of_a_delegation_is_said_in_words(language: Language) -> None:
    services = {
        written(Template.DELEGATION_GRANTED, language, service=service).plain for service in (*ONLINE_SERVICES, "all")
    }
    reasons = {
        written(Template.DELEGATION_REFUSED, language, reason_code=reason).plain for reason in get_args(RefusalReason)
    }
    assert (len(services), len(reasons)) == (len(ONLINE_SERVICES) + 1, len(get_args(RefusalReason)))


@pytest.mark.req("DEL-8")
def test_the_end_of_a_delegation_is_told_when_it_has_one() -> None:
    end = datetime(2027, 1, 31, 17, tzinfo=UTC)
    assert "31\u00a0janvier\u00a02027" in written(Template.DELEGATE_PASSWORD, Language.FRENCH, valid_to=end).plain
    assert "from November\u00a023,\u00a02026 on" in written(Template.DELEGATE_PASSWORD, Language.ENGLISH).plain


@pytest.mark.req("DEL-8")
@pytest.mark.parametrize("language", Language)
def test_every_change_of_a_delegation_has_its_own_words(language: Language) -> None:
    texts = [
        written(Template.DELEGATION_CHANGED, language, status=status)
        for status in ("active", "suspended", "revoked", "given_back")
    ]
    assert len({text.subject for text in texts}) == len({text.plain.partition("7KD")[0] for text in texts}) == 4
