"""Wiring of what hygienists do, for ``app.py``: their steps before and after the account, and their agreement."""

from collections.abc import Sequence
from functools import partial

from services.identity.common_passwords import common_passwords
from services.identity.data.agreements import load_agreement_texts
from services.identity.documents.agreement import AgreementDocuments
from services.identity.domain.passwords import policies
from services.identity.domain.plans import Rules
from services.identity.handlers import agreements
from services.identity.handlers.agreement_steps import AgreementSteps
from services.identity.handlers.agreement_telling import AgreementTelling
from services.identity.handlers.enrolment import Step
from services.identity.handlers.hygienist_steps import OWN_PATH, HygienistSteps
from services.identity.hashing import PasswordHashing
from services.identity.routes import agreements as agreement_routes
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.agreements import MongoAgreements
from services.identity.storage.flows import MongoFlows
from services.identity.storage.professionals import MongoProfessionals
from services.identity.storage.providers import MongoProviders
from shared.clock import new_id, utc_now
from shared.mongo import Database
from shared.notices import Notices


def hygienist_steps_over(
    database: Database, *, rules: Rules, hashing: PasswordHashing, notices: Notices
) -> tuple[Sequence[Step], Sequence[Step]]:
    """The steps of hygienists before the account, and those after it."""
    professionals, providers, people = MongoProfessionals(database), MongoProviders(database), MongoAccounts(database)
    texts = load_agreement_texts()
    before = HygienistSteps(
        own_path=rules.paths[OWN_PATH],
        professionals=professionals,
        providers=providers,
        accounts=people,
        flows=MongoFlows(database),
        policies=policies(common_passwords()),
        hashing=hashing,
        notices=notices,
        ids=new_id,
    )
    after = AgreementSteps(
        texts=texts,
        professionals=professionals,
        providers=providers,
        accounts=people,
        agreements=MongoAgreements(database),
        documents=AgreementDocuments(texts),
        telling=AgreementTelling(notices),
        clock=utc_now,
    )
    return before.steps(), after.steps()


def agreement_handlers_over(database: Database) -> agreement_routes.Handlers:
    """Questions about agreements."""
    return agreement_routes.Handlers(
        get_agreement=partial(
            agreements.get_agreement, agreements=MongoAgreements(database), accounts=MongoAccounts(database)
        )
    )
