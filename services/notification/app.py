"""Wiring and start: ``python -m services.notification.app``."""

from functools import partial

from services.notification.gateways import SmtpMailer, SmtpServer
from services.notification.handlers import codes, contacts, inbox, notices
from services.notification.handlers.courier import Courier, Office
from services.notification.handlers.failures import reporting, reporting_delays
from services.notification.handlers.leases import Leases
from services.notification.letters import MailWriter
from services.notification.mime import Sender
from services.notification.routes import TOPOLOGY, Handlers, routes
from services.notification.settings import Settings
from services.notification.storage import ContactRepository, DeliveryRepository, InboxRepository
from shared.clock import new_id, utc_now
from shared.service import Service, run
from shared.settings import read_text
from shared.tokens import SecretOpener, load_private_key


def build(settings: Settings) -> Service:
    """The service, ready to start."""
    service = Service(settings, TOPOLOGY)
    people = ContactRepository(service.database)
    deliveries = DeliveryRepository(service.database)
    messages = InboxRepository(service.database)
    leases = Leases(deliveries, clock=utc_now)
    office = Office(
        deliveries=deliveries,
        leases=leases,
        write=MailWriter(Sender.parse(settings.smtp_from), clock=utc_now),
        report=reporting(service.outbox, deliveries),
        clock=utc_now,
    )
    code_mailer = SmtpMailer(_server(settings), connections=settings.smtp_code_connections)
    other_mailer = SmtpMailer(_server(settings), connections=settings.smtp_other_connections)
    quick, other = Courier(office, code_mailer), Courier(office, other_mailer)
    opener = _opener(settings)
    handlers = Handlers(
        send_code=partial(
            codes.send_code,
            courier=quick,
            contacts=people,
            opener=opener,
            clock=utc_now,
            report_delay=reporting_delays(service.outbox, clock=utc_now),
        ),
        send_access_notice=partial(
            notices.send_access_notice, courier=other, contacts=people, opener=opener, clock=utc_now
        ),
        on_claim_adjudicated=partial(notices.on_claim_adjudicated, courier=other, contacts=people),
        on_claim_estimated=partial(notices.on_claim_estimated, courier=other, contacts=people),
        on_payment_sent=partial(notices.on_payment_sent, courier=other, contacts=people),
        on_payment_returned=partial(notices.on_payment_returned, courier=other, contacts=people),
        on_direct_deposit_enrolled=partial(notices.on_direct_deposit_enrolled, courier=other, contacts=people),
        on_member_registered=partial(contacts.on_member_registered, contacts=people),
        on_agent_added=partial(contacts.on_agent_added, contacts=people),
        on_contact_recorded=partial(contacts.on_contact_recorded, contacts=people),
        on_contact_chosen=partial(contacts.on_contact_chosen, contacts=people),
        put_inbox_message=partial(inbox.put_inbox_message, inbox=messages, clock=utc_now, ids=new_id),
        on_inbox_message_arrived=partial(notices.on_inbox_message_arrived, courier=other, contacts=people),
        list_inbox=partial(inbox.list_inbox, inbox=messages),
        get_inbox_message=partial(inbox.get_inbox_message, inbox=messages),
        note_attachment=partial(inbox.note_attachment, inbox=messages, clock=utc_now),
        get_attachment=partial(inbox.get_attachment, inbox=messages),
        mark_inbox_message_read=partial(inbox.mark_inbox_message_read, inbox=messages, clock=utc_now),
    )
    service.include(routes(handlers, service.outbox, service.publisher))
    for work in (leases.keep, code_mailer.close_at_the_end, other_mailer.close_at_the_end):
        service.background(work)
    return service


def _server(settings: Settings) -> SmtpServer:
    return SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        hello_name=Sender.parse(settings.smtp_from).domain,
        starttls=settings.smtp_starttls,
        username=settings.smtp_username,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        connect_seconds=settings.smtp_connect_seconds,
        reply_seconds=settings.smtp_reply_seconds,
    )


def _opener(settings: Settings) -> SecretOpener:
    files = (settings.notification_key_file, *settings.retired_notification_key_files)
    return SecretOpener(tuple(load_private_key(read_text(file)) for file in files))


def main() -> None:
    """Run until told to stop."""
    settings = Settings()
    run(lambda: build(settings), name="notification", log_level=settings.log_level)


if __name__ == "__main__":
    main()
