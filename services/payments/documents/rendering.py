"""Statements become files beside the event loop: PDF in processes of their own, since layout takes a core for a while.

The processes start with the first PDF, let everybody else go first, and end with the service, however it ends. They
alone load WeasyPrint, so the service itself stays small.
"""

import asyncio
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cached_property
from multiprocessing import get_context, parent_process
from typing import Final

from services.payments.documents.statement_csv import statement_csv
from services.payments.documents.statement_page import StatementPages
from services.payments.documents.wording import Wording
from services.payments.domain.statement import Statement
from services.payments.domain.statement_documents import DocumentKey, Names, RenderingFailed

NICENESS: Final = 10
"""A tenth of the share of other processes that want the same core."""
PDFS_PER_PROCESS: Final = 1_000
"""Then a fresh process takes over, so that nothing piles up in one."""


class StatementRendering:
    """The port ``Rendering``."""

    def __init__(self, wording: Wording, *, processes: int = 1) -> None:
        self._wording = wording
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None

    async def render(self, statement: Statement, key: DocumentKey, names: Names) -> bytes:
        """The file; the same bytes for the same statement and names.

        Raises:
            RenderingFailed: the process ended on the way.
        """
        if key.form == "csv":
            return statement_csv(statement, key.language, wording=self._wording, names=names)
        html = self._pages.html(statement, key.language, names)
        pool = self._started()
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, pdf_in_process, html, str(key).encode())
        except BrokenProcessPool:
            if self._pool is pool:
                self._pool = None
            raise RenderingFailed from None

    @cached_property
    def _pages(self) -> StatementPages:
        return StatementPages(self._wording)

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._processes,
                mp_context=get_context("spawn"),
                initializer=_begin,
                max_tasks_per_child=PDFS_PER_PROCESS,
            )
        return self._pool


def pdf_in_process(html: str, identifier: bytes) -> bytes:
    """What a rendering process does for each PDF."""
    from services.payments.documents.pdf import pdf_of  # noqa: PLC0415 - loads WeasyPrint, here and not in the service

    return pdf_of(html, identifier)


def _begin() -> None:
    os.nice(NICENESS)
    threading.Thread(target=_end_with_service, daemon=True).start()


def _end_with_service() -> None:
    """A service that is killed cannot end its processes; they see for themselves that it is gone."""
    service = parent_process()
    if service is not None:
        service.join()
        os._exit(1)
