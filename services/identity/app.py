"""The identity service: wiring. Start with ``python -m services.identity.app``."""

from functools import partial

from services.identity.common_passwords import common_passwords
from services.identity.data import load_rules, load_terms
from services.identity.data.security_questions import load_security_questions
from services.identity.domain.jobs import JobKind
from services.identity.domain.passwords import PasswordPolicy, policies
from services.identity.domain.plans import Rules
from services.identity.handlers import (
    accounts,
    own_password,
    roster,
    security_questions,
    statements,
    temporary_passwords,
)
from services.identity.handlers import registers as register_loading
from services.identity.handlers.enrolment import Enrolments, Step, Steps
from services.identity.handlers.jobs import Scheduler, UnitOfWork
from services.identity.handlers.link_steps import LinkSteps
from services.identity.handlers.member_steps import MemberSteps
from services.identity.handlers.members import Members, RosterMatching
from services.identity.handlers.notices import Notices
from services.identity.handlers.own_account import OwnAccounts
from services.identity.handlers.provider_steps import ProviderSteps, ProviderStores
from services.identity.handlers.registers import RegisterStores
from services.identity.handlers.temporary_passwords import TemporaryPasswords
from services.identity.handlers.terms import TermsDesk
from services.identity.handlers.user_code_steps import UserCodeSteps
from services.identity.handlers.views import AccountViews, plan_features
from services.identity.hashing import PasswordHashing, PoolSize
from services.identity.hygienists import agreement_handlers_over, hygienist_steps_over
from services.identity.routes import (
    TOPOLOGY,
    enrolment,
    members,
    own_account,
    passwords,
    providers,
    registers,
    terms,
)
from services.identity.routes import agreements as agreement_routes
from services.identity.settings import Settings
from services.identity.storage.acceptances import MongoAcceptances
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.checks import MongoChecks
from services.identity.storage.contact_choices import MongoContactChoices
from services.identity.storage.flows import MongoFlows
from services.identity.storage.jobs import MongoJobs
from services.identity.storage.professionals import MongoProfessionals
from services.identity.storage.providers import MongoProviders, MongoSpecialties, MongoStatements
from services.identity.storage.recoveries import MongoRecoveries
from services.identity.storage.roster import MongoDossiers
from shared.clock import Clock, new_id, utc_now
from shared.mongo import Database
from shared.service import Service, run
from shared.settings import read_text
from shared.tokens import PublicKey, SecretOpener, load_private_key, load_public_key


def build(settings: Settings) -> Service:
    """The service, ready to serve."""
    service = Service(settings, TOPOLOGY)
    own_key = load_private_key(read_text(settings.identity_key_file))
    opener, hashing, rules = SecretOpener((own_key,)), password_hashing(settings), rules_of(settings)
    database, outbox, publisher = service.database, service.outbox, service.publisher
    notices = Notices(load_public_key(read_text(settings.notification_public_key_file)), clock=utc_now, ids=new_id)
    desk = terms_over(database, rules=rules)
    views = AccountViews(plan_features(rules, MongoDossiers(database)), desk.contribute, clock=utc_now)
    matching = matching_over(database, rules=rules, misses_allowed=settings.registration_misses_allowed)
    member_writing = members_over(database, matching=matching, notices=notices)
    service.include(
        members.routes(handlers_over(database, opener=opener, hashing=hashing, views=views), outbox, publisher)
    )
    enrolments = enrolments_over(
        database,
        rules=rules,
        steps=Steps(
            *member_steps(
                database, matching=matching, members=member_writing, hashing=hashing, own_key=own_key.public()
            ),
            provider_steps_over(
                database,
                terms=desk,
                hashing=hashing,
                notices=notices,
                misses_allowed=settings.registration_misses_allowed,
            ).steps(),
            *hygienist_steps_over(database, rules=rules, hashing=hashing, notices=notices),
        ),
        views=views,
        opener=opener,
    )
    service.include(enrolment.routes(enrolments, outbox, publisher))
    service.include(agreement_routes.routes(agreement_handlers_over(database), publisher))
    own = own_accounts_over(database, matching=matching, members=member_writing, views=views)
    service.include(own_account.routes(own, outbox, publisher))
    service.include(terms.routes(desk, outbox, publisher))
    _add_providers(service, settings, opener=opener, hashing=hashing, notices=notices)
    return service


def _add_providers(
    service: Service, settings: Settings, *, opener: SecretOpener, hashing: PasswordHashing, notices: Notices
) -> None:
    """Registers, passwords, and what is due for temporary passwords."""
    database, outbox, publisher = service.database, service.outbox, service.publisher
    service.include(registers.routes(register_handlers_over(database), outbox, publisher))
    changing = password_handlers_over(database, opener=opener, hashing=hashing, notices=notices)
    service.include(passwords.routes(changing, outbox, publisher))
    questions = partial(security_questions.list_security_questions, questions=load_security_questions())
    service.include(providers.routes(questions, publisher))
    scheduler = scheduler_over(
        database, unit_of_work=outbox.run, notices=notices, poll_seconds=settings.jobs_poll_seconds
    )
    service.background(scheduler.run)


def rules_of(settings: Settings) -> Rules:
    """Paths and plans that ship with the service, with the waits that are set."""
    return load_rules().waiting(settings.path_wait_seconds)


def password_hashing(settings: Settings) -> PasswordHashing:
    """Hashing with the service's pepper and pool."""
    pepper = read_text(settings.pepper_file).encode()
    pool = PoolSize(workers=settings.hashing_workers, queue_limit=settings.hashing_queue_limit)
    return PasswordHashing(pepper, pool=pool)


def handlers_over(
    database: Database, *, opener: SecretOpener, hashing: PasswordHashing, views: AccountViews
) -> members.Handlers:
    """The use cases of roster and credentials on a database."""
    dossiers, people = MongoDossiers(database), MongoAccounts(database)
    return members.Handlers(
        verify_credentials=partial(
            accounts.verify_credentials, accounts=people, opener=opener, hashing=hashing, views=views, clock=utc_now
        ),
        get_account=partial(accounts.get_account, accounts=people, views=views, clock=utc_now),
        list_persons=partial(roster.list_persons, dossiers=dossiers),
        load_roster_rows=partial(roster.load_roster_rows, dossiers=dossiers, clock=utc_now),
    )


def terms_over(database: Database, *, rules: Rules) -> TermsDesk:
    """Terms of use on a database."""
    return TermsDesk(
        load_terms(),
        rules,
        acceptances=MongoAcceptances(database),
        accounts=MongoAccounts(database),
        dossiers=MongoDossiers(database),
        clock=utc_now,
    )


def matching_over(database: Database, *, rules: Rules, misses_allowed: int) -> RosterMatching:
    """Comparing with the roster on a database."""
    return RosterMatching(
        rules,
        dossiers=MongoDossiers(database),
        accounts=MongoAccounts(database),
        checks=MongoChecks(database),
        misses_allowed=misses_allowed,
    )


def members_over(database: Database, *, matching: RosterMatching, notices: Notices) -> Members:
    """Accounts of members on a database."""
    return Members(
        matching, dossiers=MongoDossiers(database), accounts=MongoAccounts(database), notices=notices, ids=new_id
    )


def member_steps(
    database: Database,
    *,
    matching: RosterMatching,
    members: Members,
    hashing: PasswordHashing,
    own_key: PublicKey,
) -> tuple[tuple[Step, ...], ...]:
    """The steps of every path of members."""
    dossiers, people, by_name = MongoDossiers(database), MongoAccounts(database), policies(common_passwords())
    by_email = MemberSteps(matching, members, accounts=people, policies=by_name, hashing=hashing)
    by_user_code = UserCodeSteps(
        matching,
        members,
        by_email,
        dossiers=dossiers,
        accounts=people,
        recoveries=MongoRecoveries(database),
        policies=by_name,
        hashing=hashing,
        own_key=own_key,
    )
    linking = LinkSteps(members, accounts=people, hashing=hashing)
    return by_email.steps(), by_user_code.steps(), linking.steps()


def own_accounts_over(
    database: Database, *, matching: RosterMatching, members: Members, views: AccountViews
) -> OwnAccounts:
    """What members change of their own account, on a database."""
    return OwnAccounts(
        matching,
        members,
        accounts=MongoAccounts(database),
        choices=MongoContactChoices(database),
        views=views,
        clock=utc_now,
    )


def enrolments_over(
    database: Database, *, rules: Rules, steps: Steps, views: AccountViews, opener: SecretOpener
) -> Enrolments:
    """Every way to an account, on a database."""
    return Enrolments(
        rules,
        steps,
        flows=MongoFlows(database),
        accounts=MongoAccounts(database),
        views=views,
        opener=opener,
        clock=utc_now,
    )


def provider_stores_over(database: Database) -> ProviderStores:
    """What the steps of providers read and write."""
    return ProviderStores(
        providers=MongoProviders(database),
        statements=MongoStatements(database),
        accounts=MongoAccounts(database),
        checks=MongoChecks(database),
        records=MongoRecoveries(database),
    )


def provider_steps_over(
    database: Database, *, terms: TermsDesk, hashing: PasswordHashing, notices: Notices, misses_allowed: int
) -> ProviderSteps:
    """The steps of providers, on a database."""
    return ProviderSteps(
        provider_stores_over(database),
        load_security_questions(),
        terms=terms,
        hashing=hashing,
        notices=notices,
        temporary=TemporaryPasswords(MongoJobs(database), notices, clock=utc_now),
        misses_allowed=misses_allowed,
        ids=new_id,
    )


def register_handlers_over(database: Database) -> registers.Handlers:
    """Loading of registers, and statements as they are issued."""
    stores = RegisterStores(
        providers=MongoProviders(database),
        specialties=MongoSpecialties(database),
        professionals=MongoProfessionals(database),
        statements=MongoStatements(database),
    )
    return registers.Handlers(
        load_register_rows=partial(
            register_loading.load_register_rows, registers=register_loading.registers_over(stores), clock=utc_now
        ),
        on_statement_issued=partial(statements.on_statement_issued, statements=stores.statements),
    )


def password_handlers_over(
    database: Database, *, opener: SecretOpener, hashing: PasswordHashing, notices: Notices, clock: Clock = utc_now
) -> passwords.Handlers:
    """Changing one's own password, and sending temporary ones again."""
    people, jobs = MongoAccounts(database), MongoJobs(database)
    return passwords.Handlers(
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
