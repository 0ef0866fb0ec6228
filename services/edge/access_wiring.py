"""Wiring of what watches over access, for ``app``: sessions, denials, devices, suspicion."""

from dataclasses import dataclass

from services.edge.access_storage import MongoActivities, MongoDenials, MongoDevices, MongoSuspicions
from services.edge.auth.access_changes import AccessChanges
from services.edge.auth.arrivals import Arrivals
from services.edge.auth.challenges import Challenges
from services.edge.auth.denials import Denials, Denied
from services.edge.auth.device_tokens import DeviceTokens
from services.edge.auth.endings import Endings
from services.edge.auth.lockouts import Lockouts
from services.edge.auth.notices import Notices
from services.edge.auth.own_sessions import OwnSessions
from services.edge.auth.refresh_tokens import RefreshTokens
from services.edge.auth.sessions import Sessions
from services.edge.auth.suspicions import Suspicions
from services.edge.auth.tokens import AccessTokens
from services.edge.ports import (
    ActivityRepository,
    ChallengeRepository,
    DenialRepository,
    DeviceRepository,
    Rpc,
    SessionRepository,
    SuspicionRepository,
    UnitOfWork,
)
from services.edge.reactions import Reactions
from services.edge.sealing import Sealing
from services.edge.settings import Settings
from shared.clock import Clock, IdMaker
from shared.mongo import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessStores:
    """Where it is all kept."""

    denials: DenialRepository
    devices: DeviceRepository
    activities: ActivityRepository
    suspicions: SuspicionRepository


def mongo_stores(database: Database) -> AccessStores:
    """In MongoDB."""
    return AccessStores(
        denials=MongoDenials(database),
        devices=MongoDevices(database),
        activities=MongoActivities(database),
        suspicions=MongoSuspicions(database),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """The parts, ready."""

    tokens: DeviceTokens
    suspicions: Suspicions
    sessions: Sessions
    own_sessions: OwnSessions
    reactions: Reactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the parts stand on."""

    stores: AccessStores
    sessions: SessionRepository
    challenges: ChallengeRepository
    open_challenges: Challenges
    unit_of_work: UnitOfWork
    rpc: Rpc
    access: AccessTokens
    sealing: Sealing
    denied: Denied
    lockouts: Lockouts
    pepper: bytes
    clock: Clock
    ids: IdMaker


def watch_over(ground: Ground, settings: Settings) -> Watch:
    """Everything wired together."""
    clock, ids, stores, work = ground.clock, ground.ids, ground.stores, ground.unit_of_work
    lifetime = settings.session_figures().access_lifetime
    denials = Denials(stores.denials, ground.denied, lifetime=lifetime, clock=clock)
    endings = Endings(ground.sessions, denials, clock=clock)
    notices = Notices(ground.sealing, clock=clock, ids=ids)
    tokens = DeviceTokens(ground.pepper)
    suspicions = Suspicions(
        stores.suspicions,
        stores.devices,
        ground.sessions,
        ground.open_challenges,
        work,
        sealing=ground.sealing,
        notices=notices,
        figures=settings.sharing_figures(),
        pepper=ground.pepper,
        clock=clock,
        ids=ids,
    )
    arrivals = Arrivals(
        ground.sessions,
        stores.devices,
        stores.activities,
        suspicions,
        endings=endings,
        unit_of_work=work,
        tokens=tokens,
        notices=notices,
        figures=settings.sharing_figures(),
        clock=clock,
        ids=ids,
    )
    changes = AccessChanges(ground.sessions, ground.challenges, denials, endings, clock=clock)
    return Watch(
        tokens=tokens,
        suspicions=suspicions,
        sessions=_sessions(ground, settings, arrivals, endings, notices),
        own_sessions=OwnSessions(ground.sessions, stores.devices, endings, work, notices=notices, clock=clock, ids=ids),
        reactions=Reactions(access_changes=changes, denials=denials, challenges=ground.open_challenges),
    )


def _sessions(ground: Ground, settings: Settings, arrivals: Arrivals, endings: Endings, notices: Notices) -> Sessions:
    return Sessions(
        ground.sessions,
        ground.unit_of_work,
        ground.rpc,
        access=ground.access,
        refresh=RefreshTokens(ground.pepper),
        arrivals=arrivals,
        endings=endings,
        notices=notices,
        lockouts=ground.lockouts,
        figures=settings.session_figures(),
        clock=ground.clock,
        ids=ground.ids,
    )
