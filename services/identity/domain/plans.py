"""What plans say about registering and about what the portal offers (COV-3, REG-4, REG-5, REG-18)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from services.identity.domain.flows import CODE, PathDefinition

POLICIES: Final = ("source", "modern")
"""Names of the password policies, the stricter one last (REG-4)."""
PASSWORD_BEFORE_CODE: Final = "credentials_email"  # noqa: S105 - the name of a step
FEATURES: Final = ("claims", "direct_deposit", "payments", "claim_types", "drug_lookup")
"""Functions that a plan may offer; each switches routes and menu entries (COV-3)."""
DEFAULT_PLAN: Final = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRules:
    """How holders of a plan register, and what they find.

    Attributes:
        paths: Which paths lead to an account.
        password_policy: ``source`` or ``modern``.
        hint: Whether a password hint may be kept (REG-5); not unless a plan says so.
        wait: How long after the account is made online services open (REG-18).
        terms_id: Which terms of use are accepted (LOG-7).
        features: What the portal offers (COV-3).
    """

    code: str
    paths: frozenset[str]
    password_policy: str = "source"  # noqa: S105 - the name of a policy
    hint: bool = False
    wait: timedelta = timedelta()
    terms_id: str = "members"
    features: tuple[str, ...] = FEATURES


class InvalidRulesError(ValueError):
    """Paths or plans of the package data contradict themselves; the service does not start."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All paths and plans, checked against each other."""

    paths: Mapping[str, PathDefinition]
    plans: Mapping[str, PlanRules]

    def __post_init__(self) -> None:
        if DEFAULT_PLAN not in self.plans:
            raise InvalidRulesError(f"there is no plan {DEFAULT_PLAN!r}")
        for path in self.paths.values():
            _check_path(path)
        for plan in self.plans.values():
            _check_plan(plan, self.paths)

    def waiting(self, seconds: Mapping[str, int]) -> "Rules":
        """The same rules with other waits before online services open, by path (REG-18).

        Raises:
            InvalidRulesError: no such path.
        """
        unknown = set(seconds) - set(self.paths)
        if unknown:
            raise InvalidRulesError(f"no path {sorted(unknown)}")
        changed = {code: replace(self.paths[code], wait=timedelta(seconds=wait)) for code, wait in seconds.items()}
        return replace(self, paths={**self.paths, **changed})

    def plan(self, code: str) -> PlanRules:
        """The rules of a plan, or those of plans about which nothing special is said."""
        return self.plans.get(code) or self.plans[DEFAULT_PLAN]


def _check_path(path: PathDefinition) -> None:
    if not path.steps or len(set(path.steps)) != len(path.steps):
        raise InvalidRulesError(f"path {path.code!r} has no steps, or one twice")
    if path.by_account and CODE in path.steps:
        raise InvalidRulesError(f"path {path.code!r}: somebody signed in has proved the mailbox already")
    if path.password_policy not in POLICIES:
        raise InvalidRulesError(f"path {path.code!r}: no password policy {path.password_policy!r}")


def _check_plan(plan: PlanRules, paths: Mapping[str, PathDefinition]) -> None:
    unknown = plan.paths - set(paths)
    if unknown or plan.password_policy not in POLICIES or not set(plan.features) <= set(FEATURES):
        raise InvalidRulesError(f"plan {plan.code!r} names a path, policy or feature that does not exist")
    for code in plan.paths:
        path = paths[code]
        laxer = POLICIES.index(path.password_policy) < POLICIES.index(plan.password_policy)
        if laxer and PASSWORD_BEFORE_CODE in path.steps:
            raise InvalidRulesError(
                f"plan {plan.code!r}: path {code!r} takes the password before it may show that it knows the plan"
            )
