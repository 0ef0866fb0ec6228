"""Identity's queues, and which handler each one feeds: a module per feature."""

from typing import Final

from services.identity.routes import (
    agreements,
    audit,
    cases,
    clients,
    delegation,
    enrolment,
    members,
    own_account,
    passwords,
    providers,
    recovery,
    registers,
    safeguards,
    security,
    terms,
)
from shared.contracts.identity.access import AccessChanged, ActRecorded, ContactRecorded
from shared.contracts.notification import PutInboxMessage, SendAccessNotice
from shared.topology import ServiceTopology, joined

EVERY_FEATURE: Final = ServiceTopology(
    "identity",
    publishes=(AccessChanged, ActRecorded, ContactRecorded),
    sends=(SendAccessNotice, PutInboxMessage),
)
"""What any feature may publish or send."""

TOPOLOGY: Final = joined(
    "identity",
    EVERY_FEATURE,
    members.TOPOLOGY,
    enrolment.TOPOLOGY,
    own_account.TOPOLOGY,
    terms.TOPOLOGY,
    agreements.TOPOLOGY,
    registers.TOPOLOGY,
    passwords.TOPOLOGY,
    recovery.TOPOLOGY,
    safeguards.TOPOLOGY,
    providers.TOPOLOGY,
    delegation.TOPOLOGY,
    security.TOPOLOGY,
    cases.TOPOLOGY,
    audit.TOPOLOGY,
    clients.TOPOLOGY,
)
