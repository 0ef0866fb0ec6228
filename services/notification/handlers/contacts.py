"""Learning where people can be reached."""

from services.notification.domain import Contact, Language
from services.notification.ports import Contacts
from shared.contracts.identity import AgentAdded, MemberRegistered
from shared.contracts.identity.access import ContactRecorded
from shared.contracts.identity.own_account import ContactChosen
from shared.contracts.notification import Addressed
from shared.envelopes import Received
from shared.outbox import Work


async def on_member_registered(received: Received[MemberRegistered], work: Work, *, contacts: Contacts) -> None:
    """Learn where a member can be reached."""
    event = received.message
    contact = Contact(event.account_id, event.email, Language(event.language), event.holder_name, (event.dossier_id,))
    await contacts.save(contact, session=work.session)


async def on_agent_added(received: Received[AgentAdded], work: Work, *, contacts: Contacts) -> None:
    """Learn where an agent can be reached: agents sign in with codes too."""
    event = received.message
    contact = Contact(event.account_id, event.email, Language(event.language), event.display_name)
    await contacts.save(contact, session=work.session)


async def on_contact_recorded(received: Received[ContactRecorded], work: Work, *, contacts: Contacts) -> None:
    """Learn where somebody can be reached from now on; what is older than what is known changes nothing."""
    event = received.message
    contact = Contact(
        event.account_id,
        event.email,
        Language(event.language),
        event.display_name,
        event.dossier_ids,
        provider_id=event.provider_id,
        recorded_at=event.recorded_at,
    )
    await contacts.save(contact, session=work.session)


async def on_contact_chosen(received: Received[ContactChosen], work: Work, *, contacts: Contacts) -> None:
    """Learn where notices go that are not about access; codes and notices about access stay where they went (REG-2)."""
    event = received.message
    await contacts.choose(event.account_id, event.email, at=event.chosen_at, session=work.session)


async def recipient_of(command: Addressed, contacts: Contacts) -> Contact:
    """The holder of the account, or the address that has none: nothing is known about that one, not even a name.

    Raises:
        ContactMissing: the account is not known yet.
    """
    if command.account_id is not None:
        return await contacts.get(command.account_id)
    return Contact("", str(command.email), Language(command.language or Language.FRENCH), "")
