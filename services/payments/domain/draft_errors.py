"""Refusals about runs that are prepared, approved or stopped (PAY-8)."""

from shared.errors import Conflict


class TwoAgentsNeeded(Conflict):
    """A single agent closes no runs here: prepare one, and let another agent approve it."""

    def __init__(self) -> None:
        super().__init__("payments.two_agents_needed")


class SecondAgentNeeded(Conflict):
    """Whoever prepared or approved a run cannot be the second agent for it."""

    def __init__(self, run_id: str) -> None:
        super().__init__("payments.second_agent_needed", run_id=run_id)


class RunUnderWay(Conflict):
    """The class of payees has a run that is neither sent nor stopped."""

    def __init__(self, run_id: str) -> None:
        super().__init__("payments.run_under_way", run_id=run_id)


class RunNotReady(Conflict):
    """The run is still being prepared."""

    def __init__(self, run_id: str) -> None:
        super().__init__("payments.run_not_ready", run_id=run_id)


class RunDecidedAlready(Conflict):
    """The run was approved, stopped or sent meanwhile."""

    def __init__(self, run_id: str, state: str) -> None:
        super().__init__("payments.run_decided_already", run_id=run_id, state=state)
