"""Identity's queues, and which handler each one feeds: a module per feature."""

from typing import Final

from services.identity.routes import (
    enrolment,
    members,
    own_account,
    passwords,
    providers,
    recovery,
    registers,
    safeguards,
    terms,
)
from shared.contracts.identity.access import AccessChanged, ActRecorded, ContactRecorded
from shared.contracts.notification import SendAccessNotice
from shared.topology import ServiceTopology, joined

EVERY_FEATURE: Final = ServiceTopology(
    "identity", publishes=(AccessChanged, ActRecorded, ContactRecorded), sends=(SendAccessNotice,)
)
"""What any feature may publish or send."""

TOPOLOGY: Final = joined(
    "identity",
    EVERY_FEATURE,
    members.TOPOLOGY,
    enrolment.TOPOLOGY,
    own_account.TOPOLOGY,
    terms.TOPOLOGY,
    registers.TOPOLOGY,
    passwords.TOPOLOGY,
    recovery.TOPOLOGY,
    safeguards.TOPOLOGY,
    providers.TOPOLOGY,
)
