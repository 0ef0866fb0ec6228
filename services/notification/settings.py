"""Settings of notification."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from shared.settings import CommonSettings


class Settings(CommonSettings):
    """Beyond the common ones: the mail server, the sender, the key that opens codes."""

    mongodb_database: str = "notification"
    smtp_host: str
    smtp_port: int = Field(ge=1, le=65_535)
    smtp_from: str
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = False
    smtp_connect_seconds: float = Field(default=5.0, gt=0)
    smtp_reply_seconds: float = Field(default=60.0, gt=0)
    smtp_code_connections: int = Field(default=2, ge=1, le=50)
    smtp_other_connections: int = Field(default=2, ge=1, le=50)
    notification_key_file: Path
    retired_notification_key_files: tuple[Path, ...] = ()
    """While the key is replaced: private keys for which codes on their way may still be sealed."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("smtp_username and smtp_password go together")
        if self.smtp_password is not None and not self.smtp_starttls:
            raise ValueError("a password is sent over smtp_starttls only")
        return self
