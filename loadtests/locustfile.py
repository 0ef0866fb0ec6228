"""Locust entry point: ``make load`` runs it headless against ``make up``; or ``locust -f loadtests/locustfile.py``."""

from loadtests.scenarios.member_claims import MemberWithClaims

__all__ = ["MemberWithClaims"]
