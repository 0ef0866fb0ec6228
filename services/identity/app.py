"""The identity service: wiring. Start with ``python -m services.identity.app``."""

from functools import partial

from services.identity.common_passwords import common_passwords
from services.identity.credentials import Credentials, Stores, recovery_over, safeguards_over
from services.identity.data import load_rules
from services.identity.domain.passwords import PasswordPolicy, policies
from services.identity.domain.plans import Rules
from services.identity.handlers import accounts, registration, roster
from services.identity.handlers.enrolment import Enrolments, registry
from services.identity.handlers.member_steps import MemberSteps, RosterMatching
from services.identity.handlers.notices import Notices
from services.identity.handlers.views import AccountViews
from services.identity.hashing import PasswordHashing, PoolSize
from services.identity.routes import TOPOLOGY
from services.identity.routes import enrolment as enrolment_routes
from services.identity.routes import recovery as recovery_routes
from services.identity.routes import safeguards as safeguards_routes
from services.identity.routes.members import Handlers, routes
from services.identity.settings import Settings
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.checks import MongoChecks
from services.identity.storage.flows import MongoFlows
from services.identity.storage.registrations import MongoRegistrations
from services.identity.storage.roster import MongoDossiers
from shared.clock import new_id, utc_now
from shared.mongo import Database
from shared.service import Service, run
from shared.settings import read_text
from shared.tokens import SecretOpener, load_private_key, load_public_key


def build(settings: Settings) -> Service:
    """The service, ready to serve."""
    service = Service(settings, TOPOLOGY)
    opener = SecretOpener((load_private_key(read_text(settings.identity_key_file)),))
    policy, hashing = PasswordPolicy(common_passwords()), password_hashing(settings)
    handlers = handlers_over(
        service.database,
        opener=opener,
        policy=policy,
        hashing=hashing,
        misses_allowed=settings.registration_misses_allowed,
    )
    notices = Notices(load_public_key(read_text(settings.notification_public_key_file)), clock=utc_now, ids=new_id)
    rules = load_rules()
    credentials = Credentials(
        Stores.over(service.database), opener=opener, policy=policy, hashing=hashing, notices=notices, rules=rules
    )
    service.include(routes(handlers, service.outbox, service.publisher))
    service.include(recovery_routes.routes(recovery_over(credentials), service.outbox, service.publisher))
    service.include(safeguards_routes.routes(safeguards_over(credentials), service.outbox, service.publisher))
    enrolments = enrolments_over(
        service.database,
        rules=rules,
        opener=opener,
        hashing=hashing,
        misses_allowed=settings.registration_misses_allowed,
    )
    service.include(enrolment_routes.routes(enrolments, service.outbox, service.publisher))
    return service


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
    return Enrolments(
        rules,
        registry(members.steps()),
        flows=MongoFlows(database),
        accounts=people,
        views=AccountViews(clock=utc_now),
        opener=opener,
        clock=utc_now,
    )


def main() -> None:
    """Entry point of the process."""
    settings = Settings()
    run(lambda: build(settings), name="identity", log_level=settings.log_level)


if __name__ == "__main__":
    main()
