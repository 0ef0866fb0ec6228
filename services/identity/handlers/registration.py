"""Registration of members (REG-1, REG-21).

Whether a certificate or an e-mail is known shows in nothing but the mail that goes to a mailbox: every path reads the
same, writes one registration and sends one command to notification.
"""

from datetime import datetime

from services.identity.domain.accounts import MEMBER, Account
from services.identity.domain.email_address import email_address
from services.identity.domain.errors import RegistrationNotConfirmedError, RegistrationUnknownError
from services.identity.domain.passwords import PasswordPolicy, normalised, personal_data
from services.identity.domain.registration import LIFETIME, Facts, Outcome, Registration, decide
from services.identity.domain.roster import Dossier, DossierNumber
from services.identity.handlers.acts import note
from services.identity.handlers.views import AccountViews
from services.identity.ports import AccountRepository, DossierRepository, PasswordHasher, RegistrationRepository
from shared.clock import Clock, IdMaker
from shared.contracts import Command
from shared.contracts.identity import (
    AccountView,
    ConfirmRegistration,
    MemberRegistered,
    RegistrationStarted,
    ResendRegistrationCode,
    SealedCode,
    StartRegistration,
)
from shared.contracts.notification import SendAccessNotice, SendCode
from shared.envelopes import Received
from shared.outbox import Work
from shared.tokens import Binding, SecretOpener


class PreparedRegistration(Command):
    """``StartRegistration`` after its costly part: never on the wire. ``password`` is an encoded hash."""

    wire_type = "local.prepared_registration.v1"
    request: StartRegistration
    email: str
    password: str


async def prepare_registration(
    received: Received[StartRegistration],
    *,
    opener: SecretOpener,
    policy: PasswordPolicy,
    hashing: PasswordHasher,
    clock: Clock,
) -> Received[PreparedRegistration]:
    """Check e-mail and password and hash the password, before any look-up and outside any transaction.

    Transactions run again after conflicts and are shared with other messages: a hash of 45 ms has no place in them.

    Raises:
        EmailInvalidError: or one of the password errors of ``PasswordPolicy.check``.
        UnreadableSecret: the password was not sealed for this registration.
        HashingBusyError: too many passwords wait.
    """
    message = received.message
    binding = Binding("password", message.registration_id)
    password = normalised(opener.open(message.password, binding=binding, now=clock()))
    email = email_address(message.email)
    numbers = (message.contract_number, message.certificate_number)
    policy.check(password, personal=personal_data(email=email, numbers=numbers, birth_date=message.birth_date))
    prepared = PreparedRegistration(request=message, email=email, password=await hashing.hash(password))
    return Received(prepared, received.message_id, received.correlation_id, received.actor, received.trace)


async def start_registration(
    received: Received[PreparedRegistration],
    work: Work,
    *,
    registrations: RegistrationRepository,
    dossiers: DossierRepository,
    accounts: AccountRepository,
    misses_allowed: int,
    clock: Clock,
) -> RegistrationStarted:
    """Compare with the roster, set the credentials aside and have a code or a notice mailed; the answer is one."""
    prepared, request = received.message, received.message.request
    started = RegistrationStarted(registration_id=request.registration_id)
    if await registrations.get(request.registration_id, session=work.session) is not None:
        return started
    now = clock()
    number = DossierNumber.of(request.contract_number, request.certificate_number)
    facts = Facts(
        dossier=await dossiers.get(number.dossier_id, session=work.session),
        birth_date=request.birth_date,
        holder=await accounts.get_by_dossier(number.dossier_id, session=work.session),
        namesake=await accounts.get_by_user_name(prepared.email, session=work.session),
        misses=await registrations.count_misses(
            number.dossier_id, since=now - LIFETIME, up_to=misses_allowed, session=work.session
        ),
    )
    outcome, owner = decide(facts, misses_allowed=misses_allowed)
    registration = Registration(
        registration_id=request.registration_id,
        number=number,
        outcome=outcome,
        email=prepared.email if owner is None else owner.email,
        language=request.language if owner is None else owner.language,
        started_at=now,
        password=prepared.password if outcome is Outcome.MATCHED else None,
    )
    await registrations.add(registration, session=work.session)
    _mail(registration, request.code, work, now=now)
    return started


async def resend_registration_code(
    received: Received[ResendRegistrationCode], work: Work, *, registrations: RegistrationRepository, clock: Clock
) -> RegistrationStarted:
    """Have another code, or the same notice once more, mailed.

    Raises:
        RegistrationUnknownError: nothing under way; the edge knows that already when its own session is in order.
    """
    message = received.message
    registration = await registrations.get(message.registration_id, session=work.session)
    now = clock()
    if registration is None or not registration.under_way(now):
        raise RegistrationUnknownError
    _mail(registration, message.code, work, now=now)
    return RegistrationStarted(registration_id=registration.registration_id)


async def confirm_registration(
    received: Received[ConfirmRegistration],
    work: Work,
    *,
    registrations: RegistrationRepository,
    dossiers: DossierRepository,
    accounts: AccountRepository,
    clock: Clock,
    ids: IdMaker,
    views: AccountViews,
) -> AccountView:
    """Create the account; confirming again answers with the same account.

    Of parallel confirmations for one certificate or one e-mail the unique indexes let one through.

    Raises:
        RegistrationNotConfirmedError: unknown, expired, not matched, or somebody else was faster.
    """
    registration = await registrations.get(received.message.registration_id, session=work.session)
    if registration is not None and registration.account_id is not None:
        account = await accounts.get(registration.account_id, session=work.session)
        if account is not None:
            return await views.of(account, session=work.session)
    now = clock()
    if registration is None or registration.password is None or not registration.under_way(now):
        raise RegistrationNotConfirmedError
    dossier = await dossiers.get(registration.number.dossier_id, session=work.session)
    holder = await accounts.get_by_dossier(registration.number.dossier_id, session=work.session)
    namesake = await accounts.get_by_user_name(registration.email, session=work.session)
    if dossier is None or holder is not None or namesake is not None:
        raise RegistrationNotConfirmedError
    account = _member_account(registration, dossier, registration.password, account_id=ids(), now=now)
    await accounts.add(account, session=work.session)
    await registrations.complete(registration.registration_id, account.account_id, session=work.session)
    work.publish(_member_registered(account, dossier))
    note(work, received, "user_created", account_id=account.account_id, about=account.account_id, clock=clock)
    return await views.of(account, session=work.session)


def _mail(registration: Registration, code: SealedCode, work: Work, *, now: datetime) -> None:
    if registration.outcome is Outcome.MATCHED:
        command = SendCode(purpose="registration", code=code, email=registration.email, language=registration.language)
        work.send(command, expires_at=code.expires_at)
        return
    already = registration.outcome is Outcome.ALREADY_REGISTERED
    work.send(
        SendAccessNotice(
            delivery_id=code.delivery_id,
            kind="already_registered" if already else "registration_not_matched",
            email=registration.email,
            language=registration.language,
            reference=code.reference,
            occurred_at=now,
        )
    )


def _member_account(
    registration: Registration, dossier: Dossier, password: str, *, account_id: str, now: datetime
) -> Account:
    return Account(
        account_id=account_id,
        user_name=registration.email,
        email=registration.email,
        display_name=dossier.member.display_name,
        language=registration.language,
        roles=(MEMBER,),
        password=password,
        created_at=now,
        dossiers=(registration.number,),
    )


def _member_registered(account: Account, dossier: Dossier) -> MemberRegistered:
    return MemberRegistered(
        account_id=account.account_id,
        dossier_id=dossier.dossier_id,
        email=account.email,
        language=account.language,
        holder_name=account.display_name,
        registered_at=account.created_at,
    )
