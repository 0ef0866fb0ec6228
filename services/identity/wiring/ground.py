"""What every feature stands on."""

from dataclasses import dataclass

from services.identity.common_passwords import common_passwords
from services.identity.data import load_rules
from services.identity.domain.passwords import PasswordPolicy
from services.identity.domain.plans import Rules
from services.identity.hashing import PasswordHashing, PoolSize
from services.identity.settings import Settings
from shared.clock import new_id, utc_now
from shared.notices import Notices
from shared.service import Service
from shared.settings import read_text
from shared.tokens import PublicKey, SecretOpener, load_private_key, load_public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Keys, data and the pool, made once per process."""

    service: Service
    settings: Settings
    pepper: bytes
    own_key: PublicKey
    opener: SecretOpener
    notices: Notices
    hashing: PasswordHashing
    policy: PasswordPolicy
    rules: Rules

    @classmethod
    def of(cls, service: Service, settings: Settings) -> "Ground":
        """Everything, as the settings say."""
        pepper = read_text(settings.pepper_file).encode()
        notification = load_public_key(read_text(settings.notification_public_key_file))
        pool = PoolSize(workers=settings.hashing_workers, queue_limit=settings.hashing_queue_limit)
        return cls(
            service=service,
            settings=settings,
            pepper=pepper,
            own_key=load_private_key(read_text(settings.identity_key_file)).public(),
            opener=secret_opener(settings),
            notices=Notices(notification, clock=utc_now, ids=new_id),
            hashing=PasswordHashing(pepper, pool=pool),
            policy=PasswordPolicy(common_passwords()),
            rules=load_rules().waiting(settings.path_wait_seconds),
        )


def secret_opener(settings: Settings) -> SecretOpener:
    """Opens what is sealed for the present key and for those that it replaced lately."""
    files = (settings.identity_key_file, *settings.retired_identity_key_files)
    return SecretOpener(tuple(load_private_key(read_text(file)) for file in files))
