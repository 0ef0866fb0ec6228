"""What the demo measured, as it is written to ``summary.json``."""

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from statistics import quantiles
from typing import Final

MAILS_ABOUT_ACCESS: Final = 20
"""Codes, temporary passwords, confirmations and notices to a provider, a hygienist, a delegate and a member."""

AGENTS: Final = 2
EVENTS_PER_PAYMENT: Final = 4


@dataclass
class Summary:
    """Counts, amounts in cents, milliseconds from the submission of a claim to its decision."""

    claims_submitted: int = 0
    claims_accepted: int = 0
    duplicates_collapsed: int = 0
    claims_approved: int = 0
    claims_reduced: int = 0
    claims_denied: int = 0
    claims_pended: int = 0
    amount_approved_cents: int = 0
    payments: int = 0
    amount_paid_cents: int = 0
    deposit_file: str = ""
    deposit_file_sha256: str = ""
    mails_sent: int = 0
    events_received_by_subscriber: int = 0
    events_received_by_node_subscriber: int = 0
    ledger_sum_cents: int = 0
    dead_letters: int = 0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    seconds: float = 0.0
    members_registered: int = 0
    payees_carried_over: int = 0
    providers_registered: int = 0
    agreements_signed: int = 0
    delegations_approved: int = 0
    recoveries: int = 0
    drugs_loaded: int = 0
    receipts_uploaded: int = 0
    claims_corrected: int = 0
    claims_voided: int = 0
    claims_reviewed: int = 0
    predeterminations: int = 0
    batch_accepted: int = 0
    batch_refused: int = 0
    provider_claims_decided: int = 0
    provider_payments: int = 0
    amount_paid_to_providers_cents: int = 0
    paid_after_other_insurer_cents: int = 0
    decisions_told: int = 0
    returns: int = 0
    reissued: int = 0
    reconciliation_difference_cents: int = 0
    reconciliation_differences: int = 0
    webhooks_delivered: int = 0
    latencies_ms: list[float] = field(default_factory=list, repr=False)

    def take_latencies(self) -> None:
        """Median and 99th percentile of what was measured."""
        hundredths = quantiles(self.latencies_ms, n=100)
        self.p50_ms, self.p99_ms = round(hundredths[49], 1), round(hundredths[98], 1)

    def mails_expected(self) -> int:
        """Two codes for every member; a code for each agent, and word of the app; those of the chapter about access;
        one for every decision that a member is told of, for every payment, and for each that came back.
        """
        people = 2 * self.members_registered + 2 * AGENTS + MAILS_ABOUT_ACCESS
        return people + self.decisions_told + self.all_payments() + self.returns + self.reissued

    def events_expected(self) -> int:
        """Scheduled, sent, settled and the statement of every payment; one more of each that came back."""
        return (self.all_payments() + self.reissued) * EVENTS_PER_PAYMENT + self.returns

    def all_payments(self) -> int:
        """To members and to providers."""
        return self.payments + self.provider_payments

    def figures(self) -> list[tuple[str, str]]:
        """The counts, by name, as they are printed at the end."""
        values = asdict(self)
        shown = [each.name for each in fields(self) if each.type is int and not each.name.endswith("_cents")]
        return [(name.replace("_", " "), f"{values[name]:,}") for name in shown]

    def write(self, path: Path) -> None:
        """As JSON."""
        values = asdict(self)
        del values["latencies_ms"]
        path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
