"""The virus scanner's protocol, against a clamd that speaks it on a socket."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.claims.domain.receipt_errors import ReceiptInfectedError, ScannerUnavailableError
from services.claims.gateways import ClamdScanner
from services.claims.settings import Settings
from shared.contracts.claims.receipts import RECEIPT_SLICE_BYTES
from tests.support.clamd import FakeClamd, fake_clamd
from tests.support.receipt_files import EICAR, pdf_of
from tests.support.receipts_desk import PaperDesk

pytestmark = pytest.mark.req("CLM-5")


@pytest.fixture
async def clamd() -> AsyncIterator[FakeClamd]:
    async with fake_clamd() as clamd:
        yield clamd


def scanner(clamd: FakeClamd, **changes: float) -> ClamdScanner:
    return ClamdScanner("127.0.0.1", clamd.port, **changes)


async def parts(*given: bytes) -> AsyncIterator[bytes]:
    for part in given:
        yield part


async def test_a_clean_file_goes_through_whole(clamd: FakeClamd) -> None:
    desk, content = PaperDesk(scanner=scanner(clamd)), pdf_of(3 * RECEIPT_SLICE_BYTES + 5)
    await desk.upload(content)
    assert clamd.scanned == [len(content)]


async def test_an_infected_file_is_found_wherever_it_hides(clamd: FakeClamd) -> None:
    content = pdf_of(2 * RECEIPT_SLICE_BYTES)
    middle = RECEIPT_SLICE_BYTES - 20
    infected = content[:middle] + EICAR + content[middle + len(EICAR) :]
    desk = PaperDesk(scanner=scanner(clamd))
    with pytest.raises(ReceiptInfectedError):
        await desk.upload(infected)
    assert desk.memory.rows == {}
    assert desk.memory.parts == {}


@pytest.mark.parametrize(
    "says", [b"INSTREAM size limit exceeded. ERROR\n", b"stream: Can't allocate memory ERROR\n", b"what?\n"]
)
async def test_a_scanner_that_cannot_say_counts_as_away(clamd: FakeClamd, says: bytes) -> None:
    clamd.says = says
    with pytest.raises(ScannerUnavailableError):
        await scanner(clamd).is_clean(parts(b"a", b"b"))


async def test_a_scanner_that_is_away_is_away() -> None:
    async with fake_clamd() as gone:
        pass
    with pytest.raises(ScannerUnavailableError):
        await scanner(gone).is_clean(parts(b"a"))


async def test_a_scanner_that_hangs_is_away(clamd: FakeClamd) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.01)

    with pytest.raises(ScannerUnavailableError):
        await scanner(clamd, seconds=0.1).is_clean(endless())


async def test_what_goes_wrong_with_the_file_is_not_the_scanners_fault(clamd: FakeClamd) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise LookupError

    with pytest.raises(LookupError):
        await scanner(clamd).is_clean(broken())


@pytest.mark.parametrize(
    ("address", "clamd"),
    [(None, None), ("clamav.internal:3310", ("clamav.internal", 3310)), ("[::1]:3310", ("::1", 3310))],
)
def test_the_scanner_is_named_by_host_and_port(address: str | None, clamd: tuple[str, int] | None) -> None:
    urls = {"rabbitmq_url": "amqp://x", "mongodb_url": "mongodb://x"}
    assert Settings.model_validate({**urls, "clamd_address": address}).clamd == clamd


def test_an_address_without_port_is_refused() -> None:
    urls = {"rabbitmq_url": "amqp://x", "mongodb_url": "mongodb://x"}
    with pytest.raises(ValueError, match="clamd_address"):
        Settings.model_validate({**urls, "clamd_address": "clamav"})
