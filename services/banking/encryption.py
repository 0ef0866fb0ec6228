"""Account numbers encrypted before they reach the database (BNK-2): MongoDB client-side field-level encryption.

Explicit encryption, random algorithm, local master key. Each payee has a data key of its own, named after the payee in
the key vault, so that deleting one key makes the accounts of one payee unreadable for ever, in backups as well. What is
encrypted names the payee and the box besides the digits: a ciphertext that somebody moves to another payee is refused.
The one module that imports PyMongo's encryption.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bson.binary import Binary
from bson.codec_options import CodecOptions
from pymongo import AsyncMongoClient
from pymongo.asynchronous.encryption import AsyncClientEncryption
from pymongo.errors import ConnectionFailure, DuplicateKeyError, EncryptionError

from services.banking.domain.accounts import BankAccountNumber, DirectDeposit
from services.banking.ports import HELD, AccountErased, AccountUnreadable, EncryptedBoxes
from services.banking.storage import CIPHERTEXT_SUBTYPE, KEY_VAULT
from shared.mongo import Document, Unavailable
from shared.settings import read_text

MASTER_KEY_BYTES: Final = 96
FINGERPRINT_KEY_BYTES: Final = 32
_RANDOM: Final = "AEAD_AES_256_CBC_HMAC_SHA_512-Random"
_MASTER_KEY_CHECK: Final = "master key check"
"""Name of a data key that belongs to no payee (a blank cannot occur in an id): see ``_require_master_key``."""

_HELD_KEY: Final = "held for enrolments"
"""Name of the data key of what belongs to no payee yet (no id has a blank)."""

_READABLE_BY_OTHERS: Final = 0o007
_UNNAMED: Final = "local"
"""Provider of data keys that were wrapped before master keys had names: by the master key that is in use."""


class KeyFileUnsafe(Exception):  # noqa: N818
    """A key file has the wrong content, or everybody on the machine may read it. Never says what is in it."""


class MasterKeyWrong(Exception):  # noqa: N818
    """The master key does not open this key vault: nothing may be encrypted with it."""


def read_master_key(path: Path) -> bytes:
    """The master key: a file of 96 bytes and nothing else.

    Raises:
        KeyFileUnsafe: another length, or readable by every user of the machine.
    """
    key = _guarded(path).read_bytes()
    if len(key) != MASTER_KEY_BYTES:
        raise KeyFileUnsafe(f"{path} must hold {MASTER_KEY_BYTES} bytes")
    return key


def read_fingerprint_key(path: Path) -> bytes:
    """The fingerprint key: 32 bytes or more as hexadecimal text.

    Raises:
        KeyFileUnsafe: shorter, not hexadecimal, or readable by every user of the machine.
    """
    try:
        key = bytes.fromhex(read_text(_guarded(path)))
    except ValueError:
        key = b""
    if len(key) < FINGERPRINT_KEY_BYTES:
        raise KeyFileUnsafe(f"{path} must hold {FINGERPRINT_KEY_BYTES} bytes as hexadecimal text")
    return key


def master_key_name(key: bytes) -> str:
    """What a data key says about the master key that wraps it; tells nothing of the key."""
    return hashlib.sha256(b"name of a master key\n" + key).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class WrappedKeys:
    """How many data keys each master key wraps, by name; and the name of the one that wraps new ones."""

    present: str
    others: tuple[str, ...]
    counts: Mapping[str, int]

    @property
    def to_do(self) -> int:
        """Data keys that another known master key wraps."""
        return sum(count for name, count in self.counts.items() if name in {*self.others, _UNNAMED})

    @property
    def unreadable(self) -> int:
        """Data keys that no known master key opens."""
        return sum(count for name, count in self.counts.items() if name not in {self.present, *self.others, _UNNAMED})


def _guarded(path: Path) -> Path:
    if path.stat().st_mode & _READABLE_BY_OTHERS:
        raise KeyFileUnsafe(f"{path} is open to every user; its mode must be 0400 or 0440")
    return path


class ClientSideVault:
    """``AccountVault`` on MongoDB; the key vault is a collection of banking's own database.

    ``master_key`` wraps new data keys; what ``other_master_keys`` wrapped, or will wrap, is read as well.
    """

    def __init__(
        self,
        url: str,
        database: str,
        *,
        master_key: bytes,
        fingerprint_key: bytes,
        other_master_keys: Sequence[bytes] = (),
    ) -> None:
        self._client: AsyncMongoClient[Document] = AsyncMongoClient(
            url,
            maxPoolSize=10,
            serverSelectionTimeoutMS=3_000,
            connectTimeoutMS=3_000,
            socketTimeoutMS=30_000,
            appname=f"acquit-{database}-keys",
        )
        self._namespace = f"{database}.{KEY_VAULT}"
        self._master_keys = (master_key, *other_master_keys)
        self._key_vault = self._client[database][KEY_VAULT]
        self._fingerprint_key = fingerprint_key
        self._encryption = self._opened()
        self._is_master_key_proven = False

    def _opened(self) -> AsyncClientEncryption[Document]:
        providers: dict[str, Any] = {_provider(key): {"key": key} for key in self._master_keys}
        providers[_UNNAMED] = {"key": self._master_keys[0]}
        options: CodecOptions[Document] = CodecOptions()
        return AsyncClientEncryption(providers, self._namespace, self._client, options)

    async def encrypt(self, payee_id: str, deposit: DirectDeposit) -> EncryptedBoxes:
        """See ``AccountVault``; ``MasterKeyWrong`` when the key vault was made with another master key."""
        await self._require_master_key()
        key_id = await self._key_of(_key_name(payee_id))
        with self._translated(payee_id):
            return EncryptedBoxes(
                transit=await self._encrypted(_bound(payee_id, "transit", deposit.transit), key_id),
                institution=await self._encrypted(_bound(payee_id, "institution", deposit.institution), key_id),
                account=await self._encrypted(_bound(payee_id, "account", deposit.account.digits), key_id),
            )

    async def decrypt(self, payee_id: str, boxes: EncryptedBoxes) -> DirectDeposit:
        """See ``AccountVault``."""
        with self._translated(payee_id):
            return DirectDeposit(
                transit=await self._decrypted(payee_id, "transit", boxes.transit),
                institution=await self._decrypted(payee_id, "institution", boxes.institution),
                account=BankAccountNumber(await self._decrypted(payee_id, "account", boxes.account)),
            )

    def fingerprint(self, deposit: DirectDeposit) -> str:
        """HMAC-SHA-256 of the three boxes under a key of its own: a digest without key could be guessed in minutes."""
        text = f"{deposit.institution}|{deposit.transit}|{deposit.account.digits}"
        return hmac.new(self._fingerprint_key, text.encode(), hashlib.sha256).hexdigest()

    async def erase(self, payee_id: str) -> None:
        """Delete the payee's data key: what was encrypted under it cannot be read again by anybody.

        Other processes forget the key within a minute, after which the driver asks the key vault again.
        """
        with self._translated(payee_id):
            key = await self._encryption.get_key_by_alt_name(payee_id)
            if key is not None:
                await self._encryption.delete_key(key["_id"])
            remembering, self._encryption = self._encryption, self._opened()
            await remembering.close()

    async def wrapped_keys(self) -> WrappedKeys:
        """Which master keys wrap how many data keys."""
        present, *others = map(master_key_name, self._master_keys)
        with self._translated(_MASTER_KEY_CHECK):
            grouped = await self._key_vault.aggregate(
                [{"$group": {"_id": "$masterKey.provider", "count": {"$sum": 1}}}]
            )
            counts = {row["_id"].removeprefix(f"{_UNNAMED}:"): row["count"] async for row in grouped}
        return WrappedKeys(present=present, others=tuple(others), counts=counts)

    async def rewrap(self, limit: int) -> int:
        """Wrap up to ``limit`` data keys anew, with the master key that is in use; returns how many.

        What is encrypted under them stays as it is. Each data key is replaced in one piece, under its own id, so that
        it can be read at any moment, and one that is erased meanwhile stays erased.
        """
        await self._require_master_key()
        present = _provider(self._master_keys[0])
        old = [_UNNAMED, *map(_provider, self._master_keys[1:])]
        with self._translated(_MASTER_KEY_CHECK):
            found = self._key_vault.find({"masterKey.provider": {"$in": old}}, {"_id": 1}, limit=limit)
            ids = [row["_id"] async for row in found]
            if not ids:
                return 0
            await self._encryption.rewrap_many_data_key({"_id": {"$in": ids}}, provider=present)
        return len(ids)

    async def close(self) -> None:
        """Close the connections."""
        await self._encryption.close()
        await self._client.close()

    async def _require_master_key(self) -> None:
        """Encrypt with a key that only the right master key can unwrap, before any other key is made or used.

        Without this, a process with a wrong master key would fail for known payees and quietly make new keys for
        others, which nobody could open once the right key is back.
        """
        if self._is_master_key_proven:
            return
        key_id = await self._key_of(_MASTER_KEY_CHECK)
        try:
            with self._translated(_MASTER_KEY_CHECK):
                await self._encrypted(_MASTER_KEY_CHECK, key_id)
        except AccountUnreadable as error:
            raise MasterKeyWrong("the key vault was made with another master key") from error
        self._is_master_key_proven = True

    async def _key_of(self, name: str) -> Binary:
        with self._translated(name):
            key = await self._encryption.get_key_by_alt_name(name)
            if key is not None:
                return Binary(key["_id"], key["_id"].subtype)
            try:
                return await self._encryption.create_data_key(_provider(self._master_keys[0]), key_alt_names=[name])
            except EncryptionError as error:
                if not isinstance(error.cause, DuplicateKeyError):
                    raise
        return await self._key_of(name)

    async def _encrypted(self, text: str, key_id: Binary) -> bytes:
        return bytes(await self._encryption.encrypt(text, _RANDOM, key_id=key_id))

    async def _decrypted(self, payee_id: str, box: str, ciphertext: bytes) -> str:
        value: Any = await self._encryption.decrypt(Binary(ciphertext, CIPHERTEXT_SUBTYPE))
        prefix = _bound(payee_id, box, "")
        if not isinstance(value, str) or not value.startswith(prefix):
            raise AccountUnreadable(payee_id)
        return value.removeprefix(prefix)

    @contextmanager
    def _translated(self, payee_id: str) -> Iterator[None]:
        """Errors of the driver without their texts, which may quote what was to be encrypted."""
        try:
            yield
        except ConnectionFailure as error:
            raise Unavailable from error
        except EncryptionError as error:
            if isinstance(error.cause, ConnectionFailure):
                raise Unavailable from error
            if isinstance(error.cause, DuplicateKeyError):
                raise
            if _is_missing_key(error):
                raise AccountErased(payee_id) from None
            raise AccountUnreadable(payee_id) from None


def _key_name(payee_id: str) -> str:
    """A payee's own data key; one key for all that is held for a day, or enrolments that nobody finished would leave
    keys for ever.
    """
    return _HELD_KEY if payee_id.startswith(HELD) else payee_id


def _bound(payee_id: str, box: str, digits: str) -> str:
    """Ids hold no ``|``, so that no other payee and box give the same text."""
    return f"{payee_id}|{box}|{digits}"


def _provider(master_key: bytes) -> str:
    """The name under which the driver knows a master key, which it also writes into each data key that it wraps."""
    return f"{_UNNAMED}:{master_key_name(master_key)}"


def _is_missing_key(error: EncryptionError) -> bool:
    return "not all keys requested were satisfied" in str(error)
