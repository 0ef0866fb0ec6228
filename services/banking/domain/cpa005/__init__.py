"""CPA Standard 005 (AFT, 1464-byte records): writer, reader and checks, on their own.

    identity = FileIdentity(file_number=42, creation_date=today)
    totals = write_file(payments, out, profile=profile, identity=identity)
    parsed = read_file(source, rules=ReadRules.of(profile, near=today))

``layout`` is the standard as data; ``text`` says how names are spelled; ``codes`` words Standard 007.
"""

from services.banking.domain.cpa005.codes import (
    HEALTH_DENTAL_CLAIM,
    RETURN_REASONS,
    TRANSACTION_TYPES,
    CodeWording,
    return_reason,
)
from services.banking.domain.cpa005.dates import DateWindow
from services.banking.domain.cpa005.file_numbers import (
    FileNumberOutOfRange,
    FileNumberReused,
    check_file_number,
    next_file_number,
)
from services.banking.domain.cpa005.layout import RecordType
from services.banking.domain.cpa005.profile import BankProfile, ProfileInvalid, ReturnsAccount, Separator
from services.banking.domain.cpa005.read_rules import ReadRules
from services.banking.domain.cpa005.reader import FileReport, ParsedFile, check_file, iter_file, read_file
from services.banking.domain.cpa005.records import (
    CreditPayment,
    DebitPayment,
    Entry,
    Header,
    LocatedEntry,
    Payment,
    Total,
    Totals,
    Trailer,
)
from services.banking.domain.cpa005.text import bank_text
from services.banking.domain.cpa005.violations import (
    MESSAGES,
    FileRefused,
    NothingToWrite,
    PaymentRefused,
    TotalsOverflow,
    Violation,
    ViolationCode,
)
from services.banking.domain.cpa005.writer import FileIdentity, FileTotals, write_entries, write_file

__all__ = [
    "HEALTH_DENTAL_CLAIM",
    "MESSAGES",
    "RETURN_REASONS",
    "TRANSACTION_TYPES",
    "BankProfile",
    "CodeWording",
    "CreditPayment",
    "DateWindow",
    "DebitPayment",
    "Entry",
    "FileIdentity",
    "FileNumberOutOfRange",
    "FileNumberReused",
    "FileRefused",
    "FileReport",
    "FileTotals",
    "Header",
    "LocatedEntry",
    "NothingToWrite",
    "ParsedFile",
    "Payment",
    "PaymentRefused",
    "ProfileInvalid",
    "ReadRules",
    "RecordType",
    "ReturnsAccount",
    "Separator",
    "Total",
    "Totals",
    "TotalsOverflow",
    "Trailer",
    "Violation",
    "ViolationCode",
    "bank_text",
    "check_file",
    "check_file_number",
    "iter_file",
    "next_file_number",
    "read_file",
    "return_reason",
    "write_entries",
    "write_file",
]
