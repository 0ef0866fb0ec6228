"""How a deposit file gets to the bank: durable before it is proved, proved before it is seen, by whatever carrier."""

import asyncio
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.banking.carriers import BankUnreachable, FolderCarrier
from services.banking.domain.deposit_file import FileState
from services.banking.gateways import OutboxFolder
from shared.contracts.banking import DepositFileSent
from tests.support import banking_builders as build
from tests.support.banking_desk import Crash, Desk

pytestmark = pytest.mark.req("BNK-4")

NAME = "aft-0000123456-20261120-0001.txt"


@dataclass
class SftpLike:
    """What a carrier over SFTP does: puts under a name of its own, then renames; here onto a dictionary."""

    failures: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    async def carry(self, path: Path, name: str) -> None:
        content = await asyncio.to_thread(path.read_bytes)
        self.files[f"{name}.upload"] = content[: len(content) // 2]
        if self.failures:
            self.failures -= 1
            raise BankUnreachable(name)
        self.files[f"{name}.upload"] = content
        self.files[name] = self.files.pop(f"{name}.upload")
        self.seen.append(hashlib.sha256(content).hexdigest())


async def sent(desk: Desk) -> list[DepositFileSent]:
    return [event for event in await desk.log.published() if isinstance(event, DepositFileSent)]


async def test_a_file_is_on_disk_before_it_is_proved_and_proved_before_it_is_seen(tmp_path, monkeypatch):
    steps = []

    def fsync(descriptor: int) -> None:
        is_folder = os.path.isdir(f"/proc/self/fd/{descriptor}")  # noqa: PTH112 - a descriptor
        steps.append("fsync of the folder" if is_folder else "fsync of the file")

    async def prove(result: int) -> None:
        assert [path.name for path in tmp_path.iterdir()] == [".run.txt.part"]
        steps.append(f"proof of {result}")

    monkeypatch.setattr(os, "fsync", fsync)
    rename = Path.replace

    def replace(path: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", replace)
    await OutboxFolder(tmp_path).send("run.txt", lambda out: out.write(b"whole"), before_delivery=prove)
    assert steps == ["fsync of the file", "proof of 5", "rename", "fsync of the folder"]
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("run.txt", b"whole")]


async def test_a_carrier_may_put_files_into_another_folder_than_the_one_they_are_written_in(tmp_path):
    desk = Desk(folder=tmp_path, carrier=FolderCarrier(tmp_path / "bank"))
    await desk.deposit(build.run_approved(build.run_item(await desk.payee())))
    (event,) = await sent(desk)
    (path,) = (tmp_path / "bank").iterdir()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == event.sha256
    assert desk.files() == []


async def test_any_transport_is_one_class_and_leaves_no_account_number_behind(tmp_path):
    bank = SftpLike()
    desk = Desk(folder=tmp_path, carrier=bank)
    await desk.deposit(build.run_approved(build.run_item(await desk.payee())))
    (event,) = await sent(desk)
    assert list(bank.files) == [NAME]
    assert bank.seen == [event.sha256]
    assert desk.files() == []


async def test_a_bank_that_cannot_be_reached_gets_the_same_bytes_later(tmp_path):
    bank = SftpLike(failures=2)
    desk = Desk(folder=tmp_path, carrier=bank)
    run = build.run_approved(build.run_item(await desk.payee()))
    for _ in range(2):
        with pytest.raises(BankUnreachable):
            await desk.deposit(run)
        assert NAME not in bank.files
        plan = await desk.plans.get_by_run(run.run_id)
        assert plan is not None
        assert plan.file.state is FileState.WRITTEN
        assert (desk.files(), await sent(desk)) == ([], [])
    await desk.deposit(run)
    (event,) = await sent(desk)
    assert bank.seen == [event.sha256]


async def test_a_crash_after_the_bank_got_the_file_gives_it_the_same_file_again(tmp_path):
    bank = SftpLike()
    desk = Desk(folder=tmp_path, carrier=bank)
    run = build.run_approved(build.run_item(await desk.payee()))
    with pytest.raises(Crash):
        await desk.deposit(run, crash_at="deposit_file_written")
    desk.now = build.NOW.replace(day=24)
    await desk.deposit(run)
    assert list(bank.files) == [NAME]
    assert len(bank.seen) == 2
    assert len(set(bank.seen)) == len(await sent(desk)) == 1
