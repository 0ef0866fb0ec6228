"""The edge as a process: everything wired together, HTTP beside the bus."""

import asyncio
import contextlib
from typing import Any, Final

import uvicorn

from services.edge.asgi import EdgeApi
from services.edge.auth.denials import Denials
from services.edge.backend import Bus, World, make_backend, mongo_stores_of
from services.edge.health import EdgeHealth
from services.edge.http import HttpProtocol
from services.edge.language import ENGLISH
from services.edge.openapi import document
from services.edge.reactions import routes as reaction_routes
from services.edge.settings import Settings
from services.edge.topology import TOPOLOGY
from shared.broadcast import Broadcast
from shared.clock import Clock, IdMaker, new_id, utc_now
from shared.health import Health
from shared.messaging import is_consuming
from shared.rpc import RpcClient
from shared.service import Service, run
from shared.topology import REPLIES

DENIALS_SECONDS: Final = 5.0
"""How long a starting process waits for the denials: claims are taken without a database too (CLM-7)."""


class EdgeService(Service):
    """A service that asks instead of answering; ready while it can take claims."""

    denials: Denials | None = None

    def health(self) -> Health:
        """Readiness, see ``services.edge.health``."""
        return EdgeHealth(
            {"broker": self._broker_connected, "replies": self._replies_arrive},
            degrading={
                "mongodb": self._mongodb,
                "outbox": self._outbox_fresh,
                "consumers": self._all_consuming,
                "denials": self._denials_fresh,
            },
        )

    async def _replies_arrive(self) -> str | None:
        arriving = [each for each in self.broker.subscribers if _is_of_this_process(each)]
        consuming = [await is_consuming(subscriber) for subscriber in arriving]
        return None if consuming and all(consuming) else "no reply queue"

    async def _denials_fresh(self) -> str | None:
        return None if self.denials is None else await self.denials.stale()


def _is_of_this_process(subscriber: Any) -> bool:
    return str(subscriber.queue.name).startswith(f"{REPLIES}.")


class _Server(uvicorn.Server):
    """The service handles signals itself."""

    def capture_signals(self) -> Any:
        """Nothing: see class."""
        return contextlib.nullcontext()


async def serve_http(api: EdgeApi, settings: Settings, denials: Denials) -> None:
    """Answer HTTP until cancelled, from when this process knows what is denied; requests in hand are finished then."""
    await denials.loaded(timeout_seconds=DENIALS_SECONDS)
    config = uvicorn.Config(
        api,
        host=settings.http_host,
        port=settings.http_port,
        http=HttpProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await serving
        raise


def build(settings: Settings, *, clock: Clock = utc_now, ids: IdMaker = new_id) -> Service:
    """The service, ready to be served."""
    service = EdgeService(settings, TOPOLOGY)
    rpc = RpcClient(service.publisher, clock=clock, ids=ids)
    rpc.attach(service.broker)
    stores = mongo_stores_of(service.database, clock=clock)
    bus = Bus(rpc=rpc, publisher=service.publisher, unit_of_work=service.outbox)
    backend = make_backend(settings, bus, stores, World(clock=clock, ids=ids))
    service.include(reaction_routes(backend.reactions, service.outbox, service.publisher))
    denials = service.denials = backend.reactions.denials
    everyone = Broadcast(service.publisher, user=service.name, heard=denials.look, ids=ids)
    everyone.attach(service.broker)
    denials.call = everyone.call
    api = EdgeApi(backend, ids=ids)
    service.background(denials.watch)
    service.background(lambda: serve_http(api, settings, denials))
    return service


def openapi() -> dict[str, Any]:
    """The OpenAPI document in English, for ``contracts/``."""
    return document(ENGLISH)


def main() -> None:
    """Run the edge until it is told to stop."""
    settings = Settings()
    run(lambda: build(settings), name="edge", log_level=settings.log_level)


if __name__ == "__main__":
    main()
