"""The identity service: wiring. Start with ``python -m services.identity.app``."""

from datetime import timedelta
from functools import partial

from services.identity.act_words import words_for
from services.identity.audit_keys import signed_heads
from services.identity.common_passwords import common_passwords
from services.identity.domain.passwords import PasswordPolicy
from services.identity.handlers import accounts, clients, registration, roster
from services.identity.handlers.audit import ActReading, DayClosing, note_search, record_acts
from services.identity.handlers.views import AccountViews
from services.identity.hashing import PasswordHashing, PoolSize
from services.identity.routes import TOPOLOGY
from services.identity.routes import audit as audit_routes
from services.identity.routes import clients as client_routes
from services.identity.routes.members import Handlers, routes
from services.identity.settings import Settings
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.audit import MongoAudit
from services.identity.storage.clients import MongoClients
from services.identity.storage.registrations import MongoRegistrations
from services.identity.storage.roster import MongoDossiers
from shared.clock import new_id, utc_now
from shared.mongo import Database
from shared.service import Service, run
from shared.settings import read_text
from shared.tokens import SecretOpener, load_private_key


def build(settings: Settings) -> Service:
    """The service, ready to serve."""
    service = Service(settings, TOPOLOGY)
    opener = secret_opener(settings)
    handlers = handlers_over(
        service.database,
        opener=opener,
        policy=PasswordPolicy(common_passwords()),
        hashing=password_hashing(settings),
        misses_allowed=settings.registration_misses_allowed,
    )
    service.include(routes(handlers, service.outbox, service.publisher))
    add_audit(service, settings)
    add_clients(service, settings, opener)
    return service


def secret_opener(settings: Settings) -> SecretOpener:
    """Opens what is sealed for the present key and for those that it replaced lately."""
    files = (settings.identity_key_file, *settings.retired_identity_key_files)
    return SecretOpener(tuple(load_private_key(read_text(file)) for file in files))


def add_audit(service: Service, settings: Settings) -> None:
    """The audit, and the closing of its days."""
    entries, heads = MongoAudit(service.database), signed_heads(service.database, settings)
    reading = ActReading(entries, MongoAccounts(service.database), MongoClients(service.database), words=words_for)
    handlers = audit_routes.Handlers(
        record_acts=partial(record_acts, audit=entries, clock=utc_now),
        list_acts=reading.list_acts,
        note_search=note_search,
        search_audit=reading.search,
    )
    service.include(audit_routes.routes(handlers, service.outbox, service.publisher))
    closing = DayClosing(
        entries,
        heads,
        service.outbox.run,
        margin=timedelta(seconds=settings.audit_close_after_seconds),
        clock=utc_now,
        ids=new_id,
    )
    service.background(partial(closing.keep, settings.audit_close_poll_seconds))


def add_clients(service: Service, settings: Settings, opener: SecretOpener) -> None:
    """Machine clients."""
    repository = MongoClients(service.database)
    secrets = clients.ClientSecrets(opener, read_text(settings.pepper_file).encode(), clock=utc_now)
    handlers = client_routes.Handlers(
        create_client=partial(clients.create_client, clients=repository, secrets=secrets, clock=utc_now),
        rotate_client_secret=partial(clients.rotate_client_secret, clients=repository, secrets=secrets, clock=utc_now),
        disable_client=partial(clients.disable_client, clients=repository, clock=utc_now),
        list_clients=partial(clients.list_clients, clients=repository),
        get_own_client=partial(clients.get_own_client, clients=repository),
        authenticate_client=partial(clients.authenticate_client, clients=repository, secrets=secrets, clock=utc_now),
    )
    service.include(client_routes.routes(handlers, service.outbox, service.publisher))


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


def main() -> None:
    """Entry point of the process."""
    settings = Settings()
    run(lambda: build(settings), name="identity", log_level=settings.log_level)


if __name__ == "__main__":
    main()
