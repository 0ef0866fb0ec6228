"""The form of a route: one row of the table that maps HTTP to messages.

A ``Relay`` is one message: its fields come from the path, the query, the body or are made here; the answer goes back
as it came. A ``Special`` has a function of its own. Both say who may use them; a row without that cannot be written.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, Literal, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.edge.auth.access import Guard, Rule, Who
from services.edge.auth.account_management import AccountManagement
from services.edge.auth.clients import Clients
from services.edge.auth.contact import Contacts
from services.edge.auth.delegation import Signings
from services.edge.auth.enrolment import Enrolments
from services.edge.auth.origins import Origins
from services.edge.auth.own_password import OwnPasswords
from services.edge.auth.own_sessions import OwnSessions
from services.edge.auth.provider_choice import ProviderChoices
from services.edge.auth.rates import RateLimits
from services.edge.auth.recovery import Recoveries
from services.edge.auth.second_factor import SecondFactors
from services.edge.auth.sessions import Sessions
from services.edge.auth.sign_in import SignIns
from services.edge.auth.step_up import StepUps
from services.edge.auth.suspicions import Suspicions
from services.edge.auth.tokens import AccessTokens
from services.edge.auth.unlocking import Unlocking
from services.edge.bodies import Body
from services.edge.intake import ClaimIntake
from services.edge.language import Text
from services.edge.ports import Rpc
from services.edge.reactions import Reactions
from services.edge.receipts import Receipts
from services.edge.roster import RosterLoading
from services.edge.sealing import Sealing
from shared.clock import IdMaker
from shared.contracts import Actor, Command, Query
from shared.contracts.identity import OnlineService, Restriction
from shared.contracts.identity.clients import Scope
from shared.contracts.identity.safeguards import StepUpAction
from shared.rpc import DEFAULT_TIMEOUT_SECONDS

JSON: Final = "application/json"
CSV: Final = "text/csv"
PDF: Final = "application/pdf"
ZIP: Final = "application/zip"
FORM: Final = "application/x-www-form-urlencoded"
_PATH_PARAMETER: Final = re.compile(r"{([a-z_]+)}")

Method = Literal["GET", "POST", "PUT", "DELETE"]
Tag = Literal[
    "registration",
    "sign-in",
    "account",
    "claims",
    "coverage",
    "direct deposit",
    "payments",
    "inbox",
    "administration",
    "keys",
    "delegation",
    "sessions",
    "clients",
    "health exchange",
    "drugs",
    "events",
]
B = TypeVar("B", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """What endpoints work with."""

    rpc: Rpc
    guard: Guard
    access: AccessTokens
    enrolments: Enrolments
    contacts: Contacts
    sign_ins: SignIns
    sessions: Sessions
    signings: Signings
    provider_choices: ProviderChoices
    own_sessions: OwnSessions
    own_passwords: OwnPasswords
    suspicions: Suspicions
    origins: Origins
    reactions: Reactions
    second_factors: SecondFactors
    rates: RateLimits
    unlocking: Unlocking
    recoveries: Recoveries
    step_ups: StepUps
    management: AccountManagement
    sealing: Sealing
    intake: ClaimIntake
    roster: RosterLoading
    receipts: Receipts
    clients: Clients
    ids: IdMaker
    body_limit_bytes: int


@dataclass(frozen=True, slots=True)
class Header:
    """A request header that a route reads."""

    name: str
    pattern: str
    meaning: Text
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is known of every route. ``problems`` are statuses beyond those that its kind always has;
    ``media_type`` is that of the request, ``answer_media_type`` that of an answer which is no JSON; ``service``,
    ``feature``, ``despite`` and ``scope`` belong to its rule (``services.edge.auth.access``). With ``step_up``, the
    request counts only with the token of a step-up about exactly its body (BNK-3). ``errors`` are refusals that are no
    problem documents.
    """

    method: Method
    path: str
    who: Who
    tag: Tag
    summary: Text
    answer: type[BaseModel] | None
    status: int = 200
    media_type: str = JSON
    answer_media_type: str | None = None
    headers: tuple[Header, ...] = ()
    problems: tuple[int, ...] = ()
    service: OnlineService | None = None
    feature: str | None = None
    despite: frozenset[Restriction] = frozenset()
    step_up: StepUpAction | None = None
    scope: Scope | None = None
    errors: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    """Refusals that are no problem documents, because a standard says what they are."""

    def __post_init__(self) -> None:
        self.rule  # noqa: B018 - raises TypeError for a rule that cannot be

    @property
    def rule(self) -> Rule:
        """What it asks of its caller."""
        return Rule(self.who, self.service, self.feature, self.despite, self.scope)

    @property
    def name(self) -> str:
        """Method and path; the label in logs and metrics."""
        return f"{self.method} {self.path}"

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """Names of the variable parts of the path."""
        return tuple(_PATH_PARAMETER.findall(self.path))


Maker = Callable[[Request, Actor, IdMaker], str]
"""Makes the value of a field that the caller does not state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay(Row):
    """A route that is one message.

    ``location``: template over the message's fields for the ``Location`` header.
    """

    message: type[Command] | type[Query]
    query: tuple[str, ...] = ()
    body: type[Body] | None = None
    made: Mapping[str, Maker] = field(default_factory=dict)
    location: str | None = None
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS

    def __post_init__(self) -> None:
        Row.__post_init__(self)
        from_body = () if self.body is None else tuple(self.body.model_fields)
        sources = [*self.path_parameters, *self.query, *from_body, *self.made]
        fields = self.message.model_fields
        missing = {name for name, field_info in fields.items() if field_info.is_required()} - set(sources)
        if missing or len(sources) != len(set(sources)) or not set(sources) <= set(fields):
            raise TypeError(f"{self.name} does not fill {self.message.__name__} from one source each")
        if self.who is Who.PUBLIC:
            raise TypeError(f"{self.name} is relayed without a caller")
        if self.step_up is not None:
            raise TypeError(f"{self.name} would be relayed without its step-up")


class NoBody(Body):
    """The route reads no JSON body."""


@dataclass(frozen=True, slots=True)
class Call(Generic[B]):
    """One request to a special route; ``body`` is valid."""

    request: Request
    body: B
    caller: Actor | None

    @property
    def actor(self) -> Actor:
        """The caller of a route that is not public."""
        if self.caller is None:
            raise TypeError("a public route has no caller")
        return self.caller

    def path(self, name: str) -> str:
        """A variable part of the path."""
        return str(self.request.path_params[name])


@dataclass(frozen=True, slots=True, kw_only=True)
class Special(Row, Generic[B]):
    """A route with a function of its own."""

    body: type[B]
    query: type[BaseModel] | None = None
    """What its function reads from the query."""
    handle: Callable[[Backend, Call[B]], Awaitable[Response]]
