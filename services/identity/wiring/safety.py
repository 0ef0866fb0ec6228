"""Audit, machine clients, disabled accounts, second factors."""

from datetime import timedelta
from functools import partial

from services.identity.act_words import words_for
from services.identity.audit_keys import signed_heads
from services.identity.domain.second_factor import RecoveryCodes
from services.identity.domain.subjects import Subjects
from services.identity.handlers import accounts, clients, security
from services.identity.handlers.audit import ActReading, DayClosing, note_search, record_acts
from services.identity.handlers.second_factor import SecondFactors
from services.identity.routes import audit as audit_routes
from services.identity.routes import cases as case_routes
from services.identity.routes import clients as client_routes
from services.identity.routes import security as security_routes
from services.identity.secret_box import SecretBox
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.audit import MongoAudit
from services.identity.storage.authenticators import MongoAuthenticators
from services.identity.storage.cases import MongoCases
from services.identity.storage.clients import MongoClients
from services.identity.wiring.ground import Ground
from shared.clock import new_id, utc_now


def add_audit(ground: Ground) -> None:
    """The audit, and the closing of its days (OPS-7)."""
    service, settings = ground.service, ground.settings
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


def add_clients(ground: Ground) -> None:
    """Machine clients (LOG-12)."""
    service = ground.service
    repository = MongoClients(service.database)
    secrets = clients.ClientSecrets(ground.opener, ground.pepper, clock=utc_now)
    handlers = client_routes.Handlers(
        create_client=partial(clients.create_client, clients=repository, secrets=secrets, clock=utc_now),
        rotate_client_secret=partial(clients.rotate_client_secret, clients=repository, secrets=secrets, clock=utc_now),
        disable_client=partial(clients.disable_client, clients=repository, clock=utc_now),
        list_clients=partial(clients.list_clients, clients=repository),
        get_own_client=partial(clients.get_own_client, clients=repository),
        authenticate_client=partial(clients.authenticate_client, clients=repository, secrets=secrets, clock=utc_now),
    )
    service.include(client_routes.routes(handlers, service.outbox, service.publisher))


def add_cases(ground: Ground) -> None:
    """Disabled accounts and their cases (LOG-8)."""
    service = ground.service
    desk = security.CaseDesk(
        accounts=MongoAccounts(service.database),
        cases=MongoCases(service.database),
        notices=ground.notices,
        clock=utc_now,
    )
    handlers = case_routes.Handlers(
        disable_account=partial(security.disable_account, desk=desk),
        list_cases=partial(security.list_cases, desk=desk),
        resolve_case=partial(security.resolve_case, desk=desk),
    )
    service.include(case_routes.routes(handlers, service.outbox, service.publisher))


def add_second_factors(ground: Ground) -> None:
    """Whose failed sign-ins are whose, and authenticator apps (LOG-10, LOG-11)."""
    service = ground.service
    people = MongoAccounts(service.database)
    handlers = security_routes.Handlers(
        get_sign_in_subject=partial(accounts.get_sign_in_subject, accounts=people, subjects=Subjects(ground.pepper)),
        second_factors=SecondFactors(
            accounts=people,
            authenticators=MongoAuthenticators(service.database),
            box=SecretBox(ground.pepper, use="totp"),
            recovery_codes=RecoveryCodes(ground.pepper),
            opener=ground.opener,
            notices=ground.notices,
            clock=utc_now,
        ),
    )
    service.include(security_routes.routes(handlers, service.outbox, service.publisher))
