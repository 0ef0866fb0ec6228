"""Questions about signed agreements."""

from services.identity.domain.agreements import AgreementUnknownError
from services.identity.handlers.agreement_ports import AgreementRepository
from services.identity.handlers.agreement_views import agreement_view
from services.identity.ports import AccountRepository
from shared.contracts.identity.agreements import AgreementView, GetAgreement
from shared.envelopes import Received


async def get_agreement(
    received: Received[GetAgreement], *, agreements: AgreementRepository, accounts: AccountRepository
) -> AgreementView:
    """The agreement that the caller signed in person; it shows a confidential address, so delegates have none.

    Raises:
        AgreementUnknownError.
    """
    actor = received.require_actor()
    if actor.provider_id is None or actor.on_behalf_of is not None:
        raise AgreementUnknownError
    agreement = await agreements.latest_of(actor.provider_id)
    if agreement is None or agreement.signing.account_id != actor.account_id:
        raise AgreementUnknownError
    account = await accounts.get(actor.account_id)
    return agreement_view(agreement, opens_at=None if account is None else account.opens_at)
