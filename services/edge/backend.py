"""What the endpoints work with, wired together for ``app``."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from limits.aio.storage import Storage

from services.edge.access_wiring import AccessStores, Ground, mongo_stores, watch_over
from services.edge.auth.access import Guard
from services.edge.auth.account_management import AccountManagement
from services.edge.auth.challenges import Challenges
from services.edge.auth.clients import Clients
from services.edge.auth.contact import Contacts
from services.edge.auth.delegation import Signings
from services.edge.auth.denials import Denied
from services.edge.auth.enrolment import Enrolments
from services.edge.auth.lockouts import Lockouts
from services.edge.auth.notices import Notices
from services.edge.auth.origins import Origins
from services.edge.auth.own_password import OwnPasswords
from services.edge.auth.passwords import PasswordStep, Pause
from services.edge.auth.provider_choice import ProviderChoices
from services.edge.auth.rates import RateLimits
from services.edge.auth.recovery import Recoveries
from services.edge.auth.second_factor import SecondFactors
from services.edge.auth.sign_in import SignIns
from services.edge.auth.step_up import StepUpRepository, StepUps
from services.edge.auth.tokens import AccessTokens
from services.edge.auth.turns import Turns
from services.edge.auth.unlocking import Unlocking
from services.edge.idempotency import FirstBodies
from services.edge.intake import ClaimIntake
from services.edge.lockout_storage import MongoLockouts
from services.edge.ports import (
    BudgetRepository,
    ChallengeRepository,
    ConfirmedPublisher,
    LockoutRepository,
    Rpc,
    SessionRepository,
    SubmissionRepository,
    UnitOfWork,
)
from services.edge.rate_storage import MongoWindows
from services.edge.receipts import Receipts
from services.edge.roster import RosterLoading
from services.edge.routes.table import Backend
from services.edge.sealing import Sealing
from services.edge.settings import Settings
from services.edge.step_up_storage import MongoStepUps
from services.edge.storage import MongoBudgets, MongoChallenges, MongoSessions, MongoSubmissions
from shared.clock import Clock, IdMaker, new_id, utc_now
from shared.mongo import Database
from shared.settings import read_text
from shared.tokens import PublicKey, TokenPolicy, load_private_key, load_public_key

MINIMUM_PEPPER_LENGTH: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Everything that is kept."""

    challenges: ChallengeRepository
    budgets: BudgetRepository
    sessions: SessionRepository
    submissions: SubmissionRepository
    access: AccessStores
    lockouts: LockoutRepository
    windows: Storage
    step_ups: StepUpRepository


def mongo_stores_of(database: Database, *, clock: Clock) -> Stores:
    """All of it in MongoDB."""
    return Stores(
        challenges=MongoChallenges(database),
        budgets=MongoBudgets(database),
        sessions=MongoSessions(database),
        submissions=MongoSubmissions(database),
        access=mongo_stores(database),
        lockouts=MongoLockouts(database),
        windows=MongoWindows(database, clock=clock),
        step_ups=MongoStepUps(database),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """How others are reached."""

    rpc: Rpc
    publisher: ConfirmedPublisher
    unit_of_work: UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Time and chance."""

    clock: Clock = utc_now
    ids: IdMaker = new_id
    pause: Pause = asyncio.sleep


def make_backend(settings: Settings, bus: Bus, stores: Stores, world: World) -> Backend:
    """What the endpoints work with, over any bus and any storage."""
    pepper = _pepper(settings.pepper_file)
    sealing, denied = _sealing(settings, world.clock), Denied()
    open_challenges = Challenges(
        stores.challenges,
        stores.budgets,
        figures=settings.code_figures(),
        pepper=pepper,
        clock=world.clock,
        ids=world.ids,
    )
    ground = Ground(
        stores=stores.access,
        sessions=stores.sessions,
        challenges=stores.challenges,
        open_challenges=open_challenges,
        unit_of_work=bus.unit_of_work,
        rpc=bus.rpc,
        access=_access_tokens(settings, denied, world.clock, world.ids),
        sealing=sealing,
        denied=denied,
        lockouts=Lockouts(stores.lockouts, figures=settings.lockout_figures(), clock=world.clock),
        pepper=pepper,
        clock=world.clock,
        ids=world.ids,
    )
    return _over(settings, ground, bus, stores, world.pause)


def _over(settings: Settings, ground: Ground, bus: Bus, stores: Stores, pause: Pause) -> Backend:
    challenges, budgets, rpc, access = ground.open_challenges, stores.budgets, ground.rpc, ground.access
    sealing, pepper, clock, ids = ground.sealing, ground.pepper, ground.clock, ground.ids
    watch = watch_over(ground, settings)
    rates = RateLimits(stores.windows, figures=settings.rate_figures(), clock=clock)
    intake = _intake(settings, bus.publisher, stores.submissions, clock)
    second_factors = SecondFactors(challenges, rpc, sealing=sealing)
    passwords = PasswordStep(
        rpc,
        stores.access.devices,
        sealing=sealing,
        lockouts=ground.lockouts,
        rates=rates,
        turns=Turns(settings.turn_figures(), busy=lambda: intake.under_way >= settings.passwords_yield_to),
        pause=pause,
    )
    return Backend(
        rpc=rpc,
        guard=Guard(access),
        access=access,
        enrolments=Enrolments(challenges, rpc, sealing=sealing, pepper=pepper),
        contacts=Contacts(challenges, rpc, sealing=sealing),
        sign_ins=SignIns(
            challenges,
            watch.sessions,
            ground.unit_of_work,
            passwords=passwords,
            second_factors=second_factors,
            lockouts=ground.lockouts,
            sealing=sealing,
            devices=watch.tokens,
            clock=clock,
        ),
        sessions=watch.sessions,
        own_sessions=watch.own_sessions,
        own_passwords=_own_passwords(ground, passwords, rates),
        suspicions=watch.suspicions,
        reactions=watch.reactions,
        origins=Origins(settings.trusted_proxies),
        signings=Signings(challenges, rpc, sealing=sealing),
        provider_choices=ProviderChoices(
            stores.sessions, rpc, access=access, figures=settings.session_figures(), clock=clock
        ),
        second_factors=second_factors,
        rates=rates,
        unlocking=Unlocking(ground.lockouts, rpc, ground.unit_of_work, clock=clock, ids=ids),
        recoveries=_recoveries(settings, ground, budgets),
        step_ups=StepUps(challenges, stores.step_ups, budgets, rpc, sealing=sealing, pepper=pepper, clock=clock),
        management=AccountManagement(challenges, budgets, rpc, sealing=sealing, clock=clock),
        sealing=sealing,
        intake=intake,
        roster=_roster(settings, rpc),
        receipts=Receipts(rpc, ids=ids),
        clients=_clients(
            settings, rpc, ground.unit_of_work, budgets, access=access, sealing=sealing, clock=clock, ids=ids
        ),
        ids=ids,
        body_limit_bytes=settings.body_limit_bytes,
    )


def _own_passwords(ground: Ground, passwords: PasswordStep, rates: RateLimits) -> OwnPasswords:
    return OwnPasswords(
        ground.sessions,
        ground.rpc,
        ground.unit_of_work,
        passwords=passwords,
        lockouts=ground.lockouts,
        rates=rates,
        sealing=ground.sealing,
        notices=Notices(ground.sealing, clock=ground.clock, ids=ground.ids),
        ids=ground.ids,
    )


def _recoveries(settings: Settings, ground: Ground, budgets: BudgetRepository) -> Recoveries:
    return Recoveries(
        ground.open_challenges,
        budgets,
        ground.rpc,
        sealing=ground.sealing,
        pepper=ground.pepper,
        per_day=settings.recoveries_per_day,
        clock=ground.clock,
    )


def _roster(settings: Settings, rpc: Rpc) -> RosterLoading:
    return RosterLoading(
        rpc, limit_bytes=settings.roster_limit_bytes, slice_timeout_seconds=settings.roster_slice_timeout_seconds
    )


def _sealing(settings: Settings, clock: Clock) -> Sealing:
    return Sealing(
        identity=_public_key(settings.identity_public_key_file),
        banking=_public_key(settings.banking_public_key_file),
        notification=_public_key(settings.notification_public_key_file),
        payments=_public_key(settings.payments_public_key_file),
        clock=clock,
    )


def _access_tokens(settings: Settings, denied: Denied, clock: Clock, ids: IdMaker) -> AccessTokens:
    return AccessTokens(
        load_private_key(read_text(settings.signing_key_file)),
        policy=TokenPolicy(settings.token_issuer, settings.token_audience),
        retired=tuple(_public_key(path) for path in settings.retired_signing_key_files),
        kept=settings.verified_tokens_kept,
        denied=denied,
        clock=clock,
        ids=ids,
    )


def _clients(
    settings: Settings,
    rpc: Rpc,
    unit_of_work: UnitOfWork,
    budgets: BudgetRepository,
    *,
    access: AccessTokens,
    sealing: Sealing,
    clock: Clock,
    ids: IdMaker,
) -> Clients:
    return Clients(
        rpc,
        unit_of_work,
        budgets,
        access=access,
        sealing=sealing,
        figures=settings.client_figures(),
        clock=clock,
        ids=ids,
    )


def _intake(
    settings: Settings, publisher: ConfirmedPublisher, submissions: SubmissionRepository, clock: Clock
) -> ClaimIntake:
    first_bodies = FirstBodies(
        submissions,
        limit_seconds=settings.idempotency_limit_seconds,
        pause_seconds=settings.idempotency_pause_seconds,
        clock=clock,
    )
    return ClaimIntake(publisher, first_bodies, timeout_seconds=settings.intake_timeout_seconds, clock=clock)


def _public_key(path: Path) -> PublicKey:
    return load_public_key(read_text(path))


def _pepper(path: Path) -> bytes:
    pepper = read_text(path)
    if len(pepper) < MINIMUM_PEPPER_LENGTH:
        raise ValueError(f"the pepper needs {MINIMUM_PEPPER_LENGTH} characters or more")
    return pepper.encode()
