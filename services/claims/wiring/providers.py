"""The directory of providers, wired together."""

from faststream.rabbit import RabbitRoute

from services.claims.domain.professions import Professions
from services.claims.handlers.provider_adding import ProviderAdding
from services.claims.handlers.provider_merging import ProviderMerging
from services.claims.handlers.provider_projection import ProviderProjection
from services.claims.handlers.provider_search import ProviderSearch
from services.claims.handlers.provider_views import ProviderWords
from services.claims.routes import providers
from services.claims.routes.providers import ProviderHandlers
from services.claims.storage import MongoDirectory, MongoProviderAccounts, MongoUsedProviders
from services.claims.wiring.ground import Ground
from shared.clock import Clock
from shared.contracts.claims.providers import (
    AcceptProvider,
    AddProvider,
    ConfirmProvider,
    ListProfessions,
    ListProviderDuplicates,
    ListRecentProviders,
    MergeProvider,
    SearchProviders,
)
from shared.contracts.identity.agreements import AgreementSigned
from shared.contracts.identity.cases import AccountDisabled, AccountReinstated
from shared.contracts.identity.providers import ProviderAccountEnded, ProviderRecorded, ProviderRegistered
from shared.mongo import Database


def provider_routes(ground: Ground) -> list[RabbitRoute]:
    """What identity tells of providers, what members and agents ask and do (CLM-2)."""
    handlers = provider_handlers(ground.database, ground.professions, clock=ground.clock)
    return providers.routes(handlers, ground.outbox, ground.publisher)


def provider_handlers(database: Database, professions: Professions, *, clock: Clock) -> ProviderHandlers:
    """All use cases of the directory on one database."""
    entries = MongoDirectory(database)
    words = ProviderWords(professions, clock)
    search = ProviderSearch(entries, MongoUsedProviders(database), words=words, clock=clock)
    adding, merging = ProviderAdding(entries, words, clock), ProviderMerging(entries, words, clock)
    projection = ProviderProjection(entries, MongoProviderAccounts(database), professions)
    return ProviderHandlers(
        readers={
            SearchProviders: search.search,
            ListRecentProviders: search.recent,
            ListProfessions: search.list_professions,
            ListProviderDuplicates: merging.list_duplicates,
        },
        writers={
            AddProvider: adding.add,
            ConfirmProvider: adding.confirm,
            MergeProvider: merging.merge,
            AcceptProvider: merging.accept,
        },
        followers={
            ProviderRecorded: projection.on_provider_recorded,
            ProviderRegistered: projection.on_provider_registered,
            AgreementSigned: projection.on_agreement_signed,
            AccountDisabled: projection.on_account_disabled,
            AccountReinstated: projection.on_account_reinstated,
            ProviderAccountEnded: projection.on_account_ended,
        },
    )
