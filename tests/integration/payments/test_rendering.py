"""Rendering processes as they are: PDF beside the event loop, and what becomes of them when somebody is killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from services.payments.documents.rendering import StatementRendering
from services.payments.documents.wording import Wording
from services.payments.domain.statement_documents import DocumentKey, Names, RenderingFailed
from tests.support.payments_statements import text_of, three_claims
from tests.support.waiting import eventually

ROOT: Final = Path(__file__).parent.parent.parent.parent
SERVICE: Final = """
import asyncio, sys
from services.payments.documents.rendering import StatementRendering
from services.payments.documents.wording import Wording
from services.payments.domain.statement_documents import DocumentKey, Names
from tests.support.payments_statements import three_claims

async def main():
    rendering = StatementRendering(Wording())
    statement = three_claims()
    await rendering.render(statement, DocumentKey(statement.batch_number, "pdf", "fr"), Names())
    print(*rendering._pool._processes, flush=True)
    await asyncio.sleep(600)

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.fixture
async def rendering() -> AsyncIterator[StatementRendering]:
    made = StatementRendering(Wording())
    yield made
    made.close()


@pytest.mark.req("PAY-3")
async def test_pdfs_are_made_while_the_event_loop_goes_on_and_are_the_same_each_time(
    rendering: StatementRendering,
) -> None:
    statement = three_claims()
    key = DocumentKey(statement.batch_number, "pdf", "en")
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(0.01)
            longest = max(longest, loop.time() - before)

    watching = asyncio.create_task(watch())
    first, second = await asyncio.gather(
        rendering.render(statement, key, Names()), rendering.render(statement, key, Names())
    )
    watching.cancel()
    assert first == second
    assert statement.batch_number in text_of(first)
    assert longest < 1.0


async def test_a_killed_process_fails_what_it_had_in_hand_and_is_replaced(rendering: StatementRendering) -> None:
    statement = three_claims()
    key = DocumentKey(statement.batch_number, "pdf", "fr")
    before = await rendering.render(statement, key, Names())
    assert rendering._pool is not None
    for pid in rendering._pool._processes:
        os.kill(pid, signal.SIGKILL)

    async def noticed() -> bool:
        try:
            await rendering.render(statement, key, Names())
        except RenderingFailed:
            return True
        return False

    await eventually(noticed, "what was in hand failed")
    assert await rendering.render(statement, key, Names()) == before


async def test_processes_end_with_a_service_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "service.py"
    script.write_text(SERVICE, encoding="utf-8")
    service = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert service.stdout is not None
    pids = [int(pid) for pid in (await service.stdout.readline()).split()]
    assert pids
    service.kill()
    await service.wait()

    async def gone() -> bool:
        return not any(_alive(pid) for pid in pids)

    await eventually(gone, "the rendering processes ended")


def _alive(pid: int) -> bool:
    """Not a zombie that waits for a parent which this container may not have."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
