"""The identity service: wiring. Start with ``python -m services.identity.app``."""

from functools import partial

from services.identity.data.security_questions import load_security_questions
from services.identity.domain.subjects import Subjects
from services.identity.handlers import security_questions
from services.identity.handlers.enrolment import Steps
from services.identity.handlers.second_factor import required_second_factor
from services.identity.handlers.terms import TermsDesk
from services.identity.handlers.views import AccountViews, plan_features
from services.identity.pdf_forms import PdfForms
from services.identity.pdf_signatures import load_roots
from services.identity.routes import (
    TOPOLOGY,
    agreements,
    delegation,
    enrolment,
    members,
    own_account,
    passwords,
    providers,
    recovery,
    registers,
    safeguards,
    terms,
)
from services.identity.settings import Settings
from services.identity.storage.roster import MongoDossiers
from services.identity.wiring import delegation as delegating
from services.identity.wiring import hygienists, safety
from services.identity.wiring import members as member_parts
from services.identity.wiring import providers as provider_parts
from services.identity.wiring.credentials import Credentials, Stores, recovery_over, safeguards_over
from services.identity.wiring.ground import Ground
from shared.clock import new_id, utc_now
from shared.service import Service, run


def build(settings: Settings) -> Service:
    """The service, ready to serve."""
    service = Service(settings, TOPOLOGY)
    ground = Ground.of(service, settings)
    desk = member_parts.terms_over(service.database, rules=ground.rules)
    views = AccountViews(
        plan_features(ground.rules, MongoDossiers(service.database)),
        desk.contribute,
        required_second_factor,
        delegating.grants_of_today(delegating.stores_in(service.database), clock=utc_now),
        clock=utc_now,
    )
    _add_accounts(ground, desk, views)
    _add_providers(ground)
    _add_delegation(ground)
    _add_credentials(ground)
    safety.add_audit(ground)
    safety.add_clients(ground)
    safety.add_cases(ground)
    safety.add_second_factors(ground)
    return service


def _add_accounts(ground: Ground, desk: TermsDesk, views: AccountViews) -> None:
    """Roster, every way to an account, what members change of their own, terms."""
    service = ground.service
    database, outbox, publisher = service.database, service.outbox, service.publisher
    misses_allowed = ground.settings.registration_misses_allowed
    handlers = member_parts.handlers_over(
        database, opener=ground.opener, hashing=ground.hashing, views=views, subjects=Subjects(ground.pepper)
    )
    service.include(members.routes(handlers, outbox, publisher))
    matching = member_parts.matching_over(database, rules=ground.rules, misses_allowed=misses_allowed)
    writing = member_parts.members_over(database, matching=matching, notices=ground.notices)
    steps = Steps(
        *member_parts.member_steps(
            database, matching=matching, members=writing, hashing=ground.hashing, own_key=ground.own_key
        ),
        provider_parts.provider_steps_over(
            database, terms=desk, hashing=ground.hashing, notices=ground.notices, misses_allowed=misses_allowed
        ).steps(),
        *hygienists.hygienist_steps_over(database, rules=ground.rules, hashing=ground.hashing, notices=ground.notices),
    )
    enrolments = member_parts.enrolments_over(
        database, rules=ground.rules, steps=steps, views=views, opener=ground.opener
    )
    service.include(enrolment.routes(enrolments, outbox, publisher))
    own = member_parts.own_accounts_over(database, matching=matching, members=writing, views=views)
    service.include(own_account.routes(own, outbox, publisher))
    service.include(terms.routes(desk, outbox, publisher))


def _add_providers(ground: Ground) -> None:
    """Registers, agreements, passwords, and what is due for temporary ones."""
    service = ground.service
    database, outbox, publisher = service.database, service.outbox, service.publisher
    service.include(agreements.routes(hygienists.agreement_handlers_over(database), publisher))
    service.include(registers.routes(provider_parts.register_handlers_over(database), outbox, publisher))
    changing = provider_parts.password_handlers_over(
        database, opener=ground.opener, hashing=ground.hashing, notices=ground.notices
    )
    service.include(passwords.routes(changing, outbox, publisher))
    questions = partial(security_questions.list_security_questions, questions=load_security_questions())
    service.include(providers.routes(questions, publisher))
    scheduler = provider_parts.scheduler_over(
        database,
        unit_of_work=outbox.run,
        notices=ground.notices,
        poll_seconds=ground.settings.jobs_poll_seconds,
    )
    service.background(scheduler.run)


def _add_delegation(ground: Ground) -> None:
    """Requests, grants, employees."""
    service = ground.service
    means = delegating.means_of(
        forms=PdfForms(roots=load_roots(ground.settings.form_roots_file)),
        notices=ground.notices,
        hashing=ground.hashing,
        clock=utc_now,
        ids=new_id,
    )
    handlers = delegating.handlers_of(delegating.stores_in(service.database), means)
    service.include(delegation.routes(handlers, service.outbox, service.publisher))


def _add_credentials(ground: Ground) -> None:
    """Recovery, account management, step-up, administrator security."""
    service = ground.service
    given = Credentials(
        Stores.over(service.database),
        opener=ground.opener,
        policy=ground.policy,
        hashing=ground.hashing,
        notices=ground.notices,
        rules=ground.rules,
        offered=load_security_questions(),
    )
    service.include(recovery.routes(recovery_over(given), service.outbox, service.publisher))
    service.include(safeguards.routes(safeguards_over(given), service.outbox, service.publisher))


def main() -> None:
    """Entry point of the process."""
    settings = Settings()
    run(lambda: build(settings), name="identity", log_level=settings.log_level)


if __name__ == "__main__":
    main()
