"""Why an uploaded paper is refused, or is not there."""

from shared.errors import Conflict, Forbidden, NotFound, Rejected, Transient


class ReceiptNotFoundError(NotFound):
    """No such paper, or somebody else's (which is not told apart)."""

    def __init__(self) -> None:
        super().__init__("claims.receipt_not_found")


class ReceiptTypeError(Rejected):
    """The content is none of the types that are taken, whatever name or header says."""

    def __init__(self) -> None:
        super().__init__("claims.receipt_type_refused")


class ReceiptDamagedError(Rejected):
    """The content begins as its type and does not end as it: cut off, or not made by a program that knows the type."""

    def __init__(self) -> None:
        super().__init__("claims.receipt_damaged")


class ReceiptAmbiguousError(Rejected):
    """The content can be read as two types: what one program shows is not what another one does."""

    def __init__(self) -> None:
        super().__init__("claims.receipt_ambiguous")


class ReceiptEncryptedError(Rejected):
    """A PDF that asks for a password."""

    def __init__(self) -> None:
        super().__init__("claims.receipt_encrypted")


class ReceiptInfectedError(Rejected):
    """The virus scanner found something."""

    def __init__(self) -> None:
        super().__init__("claims.receipt_infected")


class ReceiptIncompleteError(Rejected):
    """What arrived is not the file that was announced."""

    def __init__(self) -> None:
        super().__init__("claims.receipt_incomplete")


class ReceiptJoinedError(Conflict):
    """A claim has the paper: it stays."""

    def __init__(self) -> None:
        super().__init__("claims.receipt_joined")


class ReceiptsWaitingError(Conflict):
    """The uploader has too many papers that no claim names."""

    def __init__(self, maximum: int) -> None:
        super().__init__("claims.receipts_waiting", maximum=maximum)


class UploaderRefusedError(Forbidden):
    """The caller may not upload on this side."""

    def __init__(self) -> None:
        super().__init__("claims.uploader_refused")


class ScannerUnavailableError(Transient):
    """A virus scanner is configured and does not answer: nothing is kept that was not looked at."""

    def __init__(self) -> None:
        super().__init__("claims.scanner_unavailable")
