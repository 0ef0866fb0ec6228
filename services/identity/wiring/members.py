"""The roster, registration of members, terms, own accounts."""

from functools import partial

from services.identity.common_passwords import common_passwords
from services.identity.data import load_terms
from services.identity.domain.passwords import policies
from services.identity.domain.plans import Rules
from services.identity.domain.subjects import Subjects
from services.identity.handlers import accounts, roster
from services.identity.handlers.enrolment import Enrolments, Step, Steps
from services.identity.handlers.link_steps import LinkSteps
from services.identity.handlers.member_steps import MemberSteps
from services.identity.handlers.members import Members, RosterMatching
from services.identity.handlers.own_account import OwnAccounts
from services.identity.handlers.terms import TermsDesk
from services.identity.handlers.user_code_steps import UserCodeSteps
from services.identity.handlers.views import AccountViews
from services.identity.hashing import PasswordHashing
from services.identity.routes import members
from services.identity.storage.acceptances import MongoAcceptances
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.checks import MongoChecks
from services.identity.storage.contact_choices import MongoContactChoices
from services.identity.storage.flows import MongoFlows
from services.identity.storage.recoveries import MongoRecoveries
from services.identity.storage.roster import MongoDossiers
from shared.clock import new_id, utc_now
from shared.mongo import Database
from shared.notices import Notices
from shared.tokens import PublicKey, SecretOpener


def handlers_over(
    database: Database, *, opener: SecretOpener, hashing: PasswordHashing, views: AccountViews, subjects: Subjects
) -> members.Handlers:
    """The use cases of roster and credentials on a database."""
    dossiers, people = MongoDossiers(database), MongoAccounts(database)
    return members.Handlers(
        verify_credentials=partial(
            accounts.verify_credentials,
            accounts=people,
            opener=opener,
            hashing=hashing,
            views=views,
            subjects=subjects,
            clock=utc_now,
        ),
        get_account=partial(accounts.get_account, accounts=people, views=views, clock=utc_now),
        list_persons=partial(roster.list_persons, dossiers=dossiers),
        load_roster_rows=partial(roster.load_roster_rows, dossiers=dossiers, clock=utc_now),
    )


def terms_over(database: Database, *, rules: Rules) -> TermsDesk:
    """Terms of use on a database."""
    return TermsDesk(
        load_terms(),
        rules,
        acceptances=MongoAcceptances(database),
        accounts=MongoAccounts(database),
        dossiers=MongoDossiers(database),
        clock=utc_now,
    )


def matching_over(database: Database, *, rules: Rules, misses_allowed: int) -> RosterMatching:
    """Comparing with the roster on a database."""
    return RosterMatching(
        rules,
        dossiers=MongoDossiers(database),
        accounts=MongoAccounts(database),
        checks=MongoChecks(database),
        misses_allowed=misses_allowed,
    )


def members_over(database: Database, *, matching: RosterMatching, notices: Notices) -> Members:
    """Accounts of members on a database."""
    return Members(
        matching, dossiers=MongoDossiers(database), accounts=MongoAccounts(database), notices=notices, ids=new_id
    )


def member_steps(
    database: Database,
    *,
    matching: RosterMatching,
    members: Members,
    hashing: PasswordHashing,
    own_key: PublicKey,
) -> tuple[tuple[Step, ...], ...]:
    """The steps of every path of members."""
    dossiers, people, by_name = MongoDossiers(database), MongoAccounts(database), policies(common_passwords())
    by_email = MemberSteps(matching, members, accounts=people, policies=by_name, hashing=hashing)
    by_user_code = UserCodeSteps(
        matching,
        members,
        by_email,
        dossiers=dossiers,
        accounts=people,
        recoveries=MongoRecoveries(database),
        policies=by_name,
        hashing=hashing,
        own_key=own_key,
    )
    linking = LinkSteps(members, accounts=people, hashing=hashing)
    return by_email.steps(), by_user_code.steps(), linking.steps()


def own_accounts_over(
    database: Database, *, matching: RosterMatching, members: Members, views: AccountViews
) -> OwnAccounts:
    """What members change of their own account, on a database."""
    return OwnAccounts(
        matching,
        members,
        accounts=MongoAccounts(database),
        choices=MongoContactChoices(database),
        views=views,
        clock=utc_now,
    )


def enrolments_over(
    database: Database, *, rules: Rules, steps: Steps, views: AccountViews, opener: SecretOpener
) -> Enrolments:
    """Every way to an account, on a database."""
    return Enrolments(
        rules,
        steps,
        flows=MongoFlows(database),
        accounts=MongoAccounts(database),
        views=views,
        opener=opener,
        clock=utc_now,
    )
