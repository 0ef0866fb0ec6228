"""Wiring and start: ``python -m services.notification.app``."""

from functools import partial

from services.notification import handlers
from services.notification.courier import Courier, Office
from services.notification.failures import reporting
from services.notification.gateways import SmtpMailer, SmtpServer
from services.notification.leases import Leases
from services.notification.letters import Letters
from services.notification.mime import Sender
from services.notification.routes import TOPOLOGY, Handlers, routes
from services.notification.settings import Settings
from services.notification.storage import ContactRepository, DeliveryRepository
from shared.clock import utc_now
from shared.service import Service, run
from shared.settings import read_text
from shared.tokens import SecretOpener, load_private_key


def build(settings: Settings) -> Service:
    """The service, ready to start."""
    service = Service(settings, TOPOLOGY)
    contacts = ContactRepository(service.database)
    deliveries = DeliveryRepository(service.database)
    leases = Leases(deliveries, clock=utc_now)
    office = Office(
        deliveries=deliveries,
        leases=leases,
        letters=Letters(),
        sender=Sender.parse(settings.smtp_from),
        report=reporting(service.outbox, deliveries),
        clock=utc_now,
    )
    server = _server(settings)
    code_mailer = SmtpMailer(server, connections=settings.smtp_code_connections)
    other_mailer = SmtpMailer(server, connections=settings.smtp_other_connections)
    codes, others = Courier(office, code_mailer), Courier(office, other_mailer)
    service.include(
        routes(
            Handlers(
                send_code=partial(
                    handlers.send_code, courier=codes, contacts=contacts, opener=_opener(settings), clock=utc_now
                ),
                send_access_notice=partial(handlers.send_access_notice, courier=others),
                on_claim_adjudicated=partial(handlers.on_claim_adjudicated, courier=others, contacts=contacts),
                on_payment_sent=partial(handlers.on_payment_sent, courier=others, contacts=contacts),
                on_member_registered=partial(handlers.on_member_registered, contacts=contacts),
                on_agent_added=partial(handlers.on_agent_added, contacts=contacts),
            ),
            service.outbox,
            service.publisher,
        )
    )
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
    files = (settings.notification_key_file, settings.notification_previous_key_file)
    return SecretOpener(tuple(load_private_key(read_text(file)) for file in files if file is not None))


def main() -> None:
    """Run until told to stop."""
    settings = Settings()
    run(lambda: build(settings), name="notification", log_level=settings.log_level)


if __name__ == "__main__":
    main()
