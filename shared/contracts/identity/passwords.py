"""Passwords: changing one's own, and sending somebody a temporary one again."""

from typing import ClassVar

from shared.contracts import Command, Identifier, Sealed


class ChangePassword(Command):
    """Put a new password in the place of the actor's present one (REG-15). Both are sealed for the actor's account."""

    wire_type: ClassVar[str] = "identity.change_password.v1"
    current_password: Sealed
    new_password: Sealed


class ReissueTemporaryPassword(Command):
    """Mail another temporary password; the earlier one is worth nothing any more. For agents."""

    wire_type: ClassVar[str] = "identity.reissue_temporary_password.v1"
    account_id: Identifier
