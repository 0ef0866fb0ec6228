"""The identity service: wiring. Start with ``python -m services.identity.app``."""

from collections.abc import Sequence
from functools import partial

from services.identity.common_passwords import common_passwords
from services.identity.data import load_rules
from services.identity.data.agreements import load_agreement_texts
from services.identity.data.security_questions import load_security_questions
from services.identity.documents.agreement import AgreementDocuments
from services.identity.domain.jobs import JobKind
from services.identity.domain.passwords import PasswordPolicy, policies
from services.identity.domain.plans import Rules
from services.identity.handlers import (
    accounts,
    agreements,
    own_password,
    registers,
    registration,
    roster,
    security_questions,
    statements,
    temporary_passwords,
)
from services.identity.handlers.agreement_steps import AgreementSteps
from services.identity.handlers.agreement_telling import AgreementTelling
from services.identity.handlers.enrolment import Enrolments, Step, Steps
from services.identity.handlers.hygienist_steps import OWN_PATH, HygienistSteps
from services.identity.handlers.jobs import Scheduler, UnitOfWork
from services.identity.handlers.member_steps import MemberSteps, RosterMatching
from services.identity.handlers.notices import Notices
from services.identity.handlers.provider_steps import ProviderSteps, ProviderStores
from services.identity.handlers.registers import RegisterStores
from services.identity.handlers.temporary_passwords import TemporaryPasswords
from services.identity.handlers.views import AccountViews
from services.identity.hashing import PasswordHashing, PoolSize
from services.identity.routes import TOPOLOGY
from services.identity.routes import agreements as agreement_routes
from services.identity.routes import enrolment as enrolment_routes
from services.identity.routes import passwords as password_routes
from services.identity.routes import providers as provider_routes
from services.identity.routes import registers as register_routes
from services.identity.routes.members import Handlers, routes
from services.identity.settings import Settings
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.agreements import MongoAgreements
from services.identity.storage.checks import MongoChecks
from services.identity.storage.consents import MongoConsents
from services.identity.storage.flows import MongoFlows
from services.identity.storage.jobs import MongoJobs
from services.identity.storage.professionals import MongoProfessionals
from services.identity.storage.providers import MongoProviders, MongoSpecialties, MongoStatements
from services.identity.storage.recoveries import MongoRecoveries
from services.identity.storage.registrations import MongoRegistrations
from services.identity.storage.roster import MongoDossiers
from shared.clock import Clock, new_id, utc_now
from shared.mongo import Database
from shared.service import Service, run
from shared.settings import read_text
from shared.tokens import SecretOpener, load_private_key, load_public_key


def build(settings: Settings) -> Service:
    """The service, ready to serve."""
    service = Service(settings, TOPOLOGY)
    opener = SecretOpener((load_private_key(read_text(settings.identity_key_file)),))
    hashing = password_hashing(settings)
    notices = Notices(load_public_key(read_text(settings.notification_public_key_file)), clock=utc_now, ids=new_id)
    handlers = handlers_over(
        service.database,
        opener=opener,
        policy=PasswordPolicy(common_passwords()),
        hashing=hashing,
        misses_allowed=settings.registration_misses_allowed,
    )
    service.include(routes(handlers, service.outbox, service.publisher))
    enrolments = enrolments_over(
        service.database,
        rules=load_rules().waiting(settings.path_wait_seconds),
        opener=opener,
        hashing=hashing,
        misses_allowed=settings.registration_misses_allowed,
        notices=notices,
    )
    service.include(enrolment_routes.routes(enrolments, service.outbox, service.publisher))
    service.include(agreement_routes.routes(agreement_handlers_over(service.database), service.publisher))
    _add_providers(service, settings, opener=opener, hashing=hashing, notices=notices)
    return service


def _add_providers(
    service: Service, settings: Settings, *, opener: SecretOpener, hashing: PasswordHashing, notices: Notices
) -> None:
    """Registers, passwords, and what is due for temporary passwords."""
    loading = register_handlers_over(service.database)
    service.include(register_routes.routes(loading, service.outbox, service.publisher))
    passwords = password_handlers_over(service.database, opener=opener, hashing=hashing, notices=notices)
    service.include(password_routes.routes(passwords, service.outbox, service.publisher))
    questions = partial(security_questions.list_security_questions, questions=load_security_questions())
    service.include(provider_routes.routes(questions, service.publisher))
    scheduler = scheduler_over(
        service.database, unit_of_work=service.outbox.run, notices=notices, poll_seconds=settings.jobs_poll_seconds
    )
    service.background(scheduler.run)


def password_hashing(settings: Settings) -> PasswordHashing:
    """Hashing with the service's pepper and pool."""
    pepper = read_text(settings.pepper_file).encode()
    pool = PoolSize(workers=settings.hashing_workers, queue_limit=settings.hashing_queue_limit)
    return PasswordHashing(pepper, pool=pool)


def handlers_over(
    database: Database,
    *,
    opener: SecretOpener,
    policy: PasswordPolicy,
    hashing: PasswordHashing,
    misses_allowed: int,
) -> Handlers:
    """The use cases on a database."""
    dossiers, people = MongoDossiers(database), MongoAccounts(database)
    registrations = MongoRegistrations(database)
    views = AccountViews(clock=utc_now)
    return Handlers(
        prepare_registration=partial(
            registration.prepare_registration, opener=opener, policy=policy, hashing=hashing, clock=utc_now
        ),
        start_registration=partial(
            registration.start_registration,
            registrations=registrations,
            dossiers=dossiers,
            accounts=people,
            misses_allowed=misses_allowed,
            clock=utc_now,
        ),
        resend_registration_code=partial(
            registration.resend_registration_code, registrations=registrations, clock=utc_now
        ),
        confirm_registration=partial(
            registration.confirm_registration,
            registrations=registrations,
            dossiers=dossiers,
            accounts=people,
            views=views,
            clock=utc_now,
            ids=new_id,
        ),
        verify_credentials=partial(
            accounts.verify_credentials, accounts=people, opener=opener, hashing=hashing, views=views, clock=utc_now
        ),
        get_account=partial(accounts.get_account, accounts=people, views=views, clock=utc_now),
        list_persons=partial(roster.list_persons, dossiers=dossiers),
        load_roster_rows=partial(roster.load_roster_rows, dossiers=dossiers, clock=utc_now),
    )


def enrolments_over(
    database: Database,
    *,
    rules: Rules,
    opener: SecretOpener,
    hashing: PasswordHashing,
    misses_allowed: int,
    notices: Notices,
) -> Enrolments:
    """Every way to an account, on a database."""
    dossiers, people = MongoDossiers(database), MongoAccounts(database)
    matching = RosterMatching(
        rules, dossiers=dossiers, accounts=people, checks=MongoChecks(database), misses_allowed=misses_allowed
    )
    members = MemberSteps(
        matching,
        dossiers=dossiers,
        accounts=people,
        policies=policies(common_passwords()),
        hashing=hashing,
        ids=new_id,
    )
    providers = ProviderSteps(
        provider_stores_over(database),
        load_security_questions(),
        hashing=hashing,
        notices=notices,
        temporary=TemporaryPasswords(MongoJobs(database), notices, clock=utc_now),
        misses_allowed=misses_allowed,
        ids=new_id,
    )
    return Enrolments(
        rules,
        Steps(
            members.steps(),
            providers.steps(),
            *hygienist_steps_over(database, rules=rules, hashing=hashing, notices=notices),
        ),
        flows=MongoFlows(database),
        accounts=people,
        views=AccountViews(clock=utc_now),
        opener=opener,
        clock=utc_now,
    )


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


def provider_stores_over(database: Database) -> ProviderStores:
    """What the steps of providers read and write."""
    return ProviderStores(
        providers=MongoProviders(database),
        statements=MongoStatements(database),
        accounts=MongoAccounts(database),
        checks=MongoChecks(database),
        records=MongoRecoveries(database),
        consents=MongoConsents(database),
    )


def register_handlers_over(database: Database) -> register_routes.Handlers:
    """Loading of registers, and statements as they are issued."""
    stores = RegisterStores(
        providers=MongoProviders(database),
        specialties=MongoSpecialties(database),
        professionals=MongoProfessionals(database),
        statements=MongoStatements(database),
    )
    return register_routes.Handlers(
        load_register_rows=partial(
            registers.load_register_rows, registers=registers.registers_over(stores), clock=utc_now
        ),
        on_statement_issued=partial(statements.on_statement_issued, statements=stores.statements),
    )


def password_handlers_over(
    database: Database, *, opener: SecretOpener, hashing: PasswordHashing, notices: Notices, clock: Clock = utc_now
) -> password_routes.Handlers:
    """Changing one's own password, and sending temporary ones again."""
    people, jobs = MongoAccounts(database), MongoJobs(database)
    return password_routes.Handlers(
        prepare_change=partial(
            own_password.prepare_change,
            accounts=people,
            opener=opener,
            policy=PasswordPolicy(common_passwords()),
            hashing=hashing,
            clock=clock,
        ),
        change_password=partial(own_password.change_password, accounts=people, jobs=jobs, notices=notices, clock=clock),
        prepare_reissue=partial(temporary_passwords.prepare_reissue, hashing=hashing),
        reissue_temporary_password=partial(
            temporary_passwords.reissue_temporary_password,
            accounts=people,
            temporary=TemporaryPasswords(jobs, notices, clock=clock),
            clock=clock,
        ),
    )


def scheduler_over(
    database: Database, *, unit_of_work: UnitOfWork, notices: Notices, poll_seconds: float, clock: Clock = utc_now
) -> Scheduler:
    """What is due for temporary passwords, done by whichever process comes first."""
    people = MongoAccounts(database)
    remind = partial(temporary_passwords.remind, accounts=people, notices=notices, clock=clock)
    purge = partial(temporary_passwords.purge, accounts=people, records=MongoRecoveries(database), clock=clock)
    return Scheduler(
        MongoJobs(database),
        {JobKind.REMIND_FIRST: remind, JobKind.REMIND_LAST: remind, JobKind.PURGE: purge},
        unit_of_work,
        clock=clock,
        ids=new_id,
        poll_seconds=poll_seconds,
    )


def main() -> None:
    """Entry point of the process."""
    settings = Settings()
    run(lambda: build(settings), name="identity", log_level=settings.log_level)


if __name__ == "__main__":
    main()
