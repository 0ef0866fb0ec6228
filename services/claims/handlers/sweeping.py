"""Uploads that nobody finished and papers that no claim named are forgotten when their time is over (CLM-5)."""

import asyncio
from datetime import timedelta
from typing import Final

from services.claims.handlers.ports_receipts import UploadRepository
from shared.clock import Clock
from shared.telemetry import logger

SWEPT_TOGETHER: Final = 100


async def sweep_receipts(*, uploads: UploadRepository, clock: Clock) -> int:
    """Remove what is overdue; how many papers that were.

    Any number of processes may do this at once: releasing a paper and joining it to a claim exclude each other, and
    what is released can be erased twice.
    """
    removed = 0
    while overdue := await uploads.release_overdue(clock(), limit=SWEPT_TOGETHER):
        for receipt_id in overdue:
            await uploads.erase(receipt_id)
        removed += len(overdue)
    return removed


async def keep_sweeping(*, uploads: UploadRepository, every: timedelta, clock: Clock) -> None:
    """Sweep for ever, with a pause."""
    while True:
        removed = await sweep_receipts(uploads=uploads, clock=clock)
        if removed:
            logger().info("receipts_swept", removed=removed)
        await asyncio.sleep(every.total_seconds())
