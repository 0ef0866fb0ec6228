"""Registers, providers, temporary passwords."""

from functools import partial

from services.identity.common_passwords import common_passwords
from services.identity.data.security_questions import load_security_questions
from services.identity.domain.jobs import JobKind
from services.identity.domain.passwords import PasswordPolicy
from services.identity.handlers import own_password, statements, temporary_passwords
from services.identity.handlers import registers as register_loading
from services.identity.handlers.jobs import Scheduler, UnitOfWork
from services.identity.handlers.provider_steps import ProviderSteps, ProviderStores
from services.identity.handlers.registers import RegisterStores
from services.identity.handlers.temporary_passwords import TemporaryPasswords
from services.identity.handlers.terms import TermsDesk
from services.identity.hashing import PasswordHashing
from services.identity.routes import passwords, registers
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.checks import MongoChecks
from services.identity.storage.jobs import MongoJobs
from services.identity.storage.professionals import MongoProfessionals
from services.identity.storage.providers import MongoProviders, MongoSpecialties, MongoStatements
from services.identity.storage.recoveries import MongoRecoveries
from shared.clock import Clock, new_id, utc_now
from shared.mongo import Database
from shared.notices import Notices
from shared.tokens import SecretOpener


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
