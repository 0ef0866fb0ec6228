"""Learning where people can be reached."""

from services.notification.domain import Contact, Language
from services.notification.ports import Contacts
from shared.contracts.identity import AgentAdded, MemberRegistered
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
