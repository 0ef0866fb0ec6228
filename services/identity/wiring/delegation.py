"""Delegation's use cases with their dependencies."""

from dataclasses import dataclass
from functools import partial

from services.identity.data.delegation import load_delegation_tree, load_role_addresses
from services.identity.domain.delegate_emails import RoleAddresses
from services.identity.domain.delegation_tree import DecisionTree
from services.identity.handlers import (
    delegation_decisions,
    delegation_forms,
    delegation_requests,
    delegation_signing,
    employees,
    grants,
)
from services.identity.handlers.delegate_accounts import DelegateAccounts
from services.identity.handlers.delegation_ports import (
    AdministratorSecurity,
    DelegationRepository,
    FormRepository,
    Forms,
    GrantRepository,
    HolderRepository,
    SigningRepository,
)
from services.identity.handlers.views import Contribute
from services.identity.ports import AccountRepository, PasswordHasher
from services.identity.routes.delegation import Handlers, Preparation, Reader
from services.identity.storage.accounts import MongoAccounts
from services.identity.storage.delegation_files import MongoForms
from services.identity.storage.delegations import MongoDelegations, MongoSignings
from services.identity.storage.grants import MongoAdministratorSecurity, MongoGrants, MongoHolders
from shared.clock import Clock, IdMaker
from shared.contracts import Message
from shared.contracts.identity import delegation as messages
from shared.contracts.identity import delegation_forms as form_messages
from shared.contracts.identity import grants as grant_messages
from shared.mongo import Database
from shared.notices import Notices
from shared.outbox import SingleHandler


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Where delegation keeps its things."""

    accounts: AccountRepository
    delegations: DelegationRepository
    signings: SigningRepository
    files: FormRepository
    grants: GrantRepository
    holders: HolderRepository
    security: AdministratorSecurity


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What delegation works with beside its stores."""

    forms: Forms
    notices: Notices
    hashing: PasswordHasher
    tree: DecisionTree
    roles: RoleAddresses
    clock: Clock
    ids: IdMaker


def stores_in(database: Database) -> Stores:
    """Everything in MongoDB."""
    return Stores(
        accounts=MongoAccounts(database),
        delegations=MongoDelegations(database),
        signings=MongoSignings(database),
        files=MongoForms(database),
        grants=MongoGrants(database),
        holders=MongoHolders(database),
        security=MongoAdministratorSecurity(database),
    )


def means_of(*, forms: Forms, notices: Notices, hashing: PasswordHasher, clock: Clock, ids: IdMaker) -> Means:
    """With the data that ships with the service."""
    return Means(
        forms=forms,
        notices=notices,
        hashing=hashing,
        tree=load_delegation_tree(),
        roles=load_role_addresses(),
        clock=clock,
        ids=ids,
    )


def grants_of_today(stores: Stores, *, clock: Clock) -> Contribute:
    """What delegation adds to the view of an account."""
    return partial(grants.grants_of_today, grants=stores.grants, holders=stores.holders, clock=clock)


def handlers_of(stores: Stores, means: Means) -> Handlers:
    """Every use case by its message."""
    delegates = DelegateAccounts(
        stores.accounts, stores.holders, stores.grants, means.notices, clock=means.clock, ids=means.ids
    )
    return Handlers(
        readers=_readers(stores, means),
        writers=_signing_writers(stores, means) | _deciding_writers(stores, means, delegates),
        preparations=_preparations(stores, means),
        on_access_changed=partial(
            grants.on_access_changed, grants=stores.grants, holders=stores.holders, clock=means.clock
        ),
    )


def _readers(stores: Stores, means: Means) -> dict[type[Message], Reader]:
    delegations, files = stores.delegations, stores.files
    return {
        messages.GetDelegationTree: partial(delegation_requests.get_delegation_tree, tree=means.tree),
        messages.FollowDelegationTree: partial(delegation_requests.follow_delegation_tree, tree=means.tree),
        messages.ListDelegations: partial(delegation_requests.list_delegations, delegations=delegations),
        messages.GetDelegation: partial(delegation_requests.get_delegation, delegations=delegations),
        form_messages.GetBlankForm: partial(
            delegation_forms.get_blank_form, delegations=delegations, forms=means.forms
        ),
        form_messages.StoreFormSlice: partial(
            delegation_forms.store_form_slice, delegations=delegations, files=files, clock=means.clock
        ),
        form_messages.GetSending: partial(delegation_forms.get_sending, delegations=delegations),
        form_messages.GetFormSlice: partial(delegation_forms.get_form_slice, delegations=delegations, files=files),
        messages.GetProcessingDate: partial(
            delegation_decisions.get_processing_date, delegations=delegations, clock=means.clock
        ),
        messages.ListDelegationQueue: partial(delegation_decisions.list_delegation_queue, delegations=delegations),
        grant_messages.ListDelegates: partial(grants.list_delegates, grants=stores.grants, holders=stores.holders),
        grant_messages.ListMandates: partial(grants.list_mandates, grants=stores.grants, holders=stores.holders),
    }


def _signing_writers(stores: Stores, means: Means) -> dict[type[Message], SingleHandler]:
    delegations, signings, clock = stores.delegations, stores.signings, means.clock
    return {
        messages.RequestDelegation: partial(
            delegation_requests.request_delegation,
            delegations=delegations,
            grants=stores.grants,
            holders=stores.holders,
            tree=means.tree,
            roles=means.roles,
            clock=clock,
        ),
        messages.WithdrawDelegation: partial(
            delegation_requests.withdraw_delegation, delegations=delegations, clock=clock
        ),
        messages.StartSigning: partial(
            delegation_signing.start_signing, delegations=delegations, signings=signings, clock=clock
        ),
        messages.ResendSigningCode: partial(
            delegation_signing.resend_signing_code, delegations=delegations, signings=signings, clock=clock
        ),
        messages.ConfirmSigning: partial(
            delegation_signing.confirm_signing,
            delegations=delegations,
            signings=signings,
            notices=means.notices,
            clock=clock,
        ),
        form_messages.SubmitForm: partial(
            delegation_forms.submit_form, delegations=delegations, files=stores.files, clock=clock
        ),
    }


def _deciding_writers(stores: Stores, means: Means, delegates: DelegateAccounts) -> dict[type[Message], SingleHandler]:
    changing = grants.GrantChanging(stores.grants, stores.holders, means.notices, clock=means.clock)
    return {
        form_messages.OpenForm: partial(delegation_forms.open_form, delegations=stores.delegations, clock=means.clock),
        messages.DecideDelegation: partial(
            delegation_decisions.decide_delegation,
            delegations=stores.delegations,
            holders=stores.holders,
            delegates=delegates,
            roles=means.roles,
            notices=means.notices,
            clock=means.clock,
        ),
        grant_messages.ChangeGrant: partial(grants.change_grant, grants=stores.grants, changing=changing),
        grant_messages.LeaveGrant: partial(grants.leave_grant, grants=stores.grants, changing=changing),
        grant_messages.AddEmployee: partial(
            employees.add_employee,
            delegations=stores.delegations,
            holders=stores.holders,
            delegates=delegates,
            roles=means.roles,
            clock=means.clock,
        ),
    }


def _preparations(stores: Stores, means: Means) -> dict[type[Message], Preparation]:
    return {
        form_messages.SubmitForm: partial(
            delegation_forms.prepare_form, delegations=stores.delegations, files=stores.files, forms=means.forms
        ),
        messages.DecideDelegation: partial(delegation_decisions.prepare_decision, hashing=means.hashing),
        grant_messages.AddEmployee: partial(
            employees.prepare_employee, security=stores.security, hashing=means.hashing
        ),
    }
