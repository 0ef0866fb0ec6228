"""Builders of delegation's domain objects, actors and messages, with keyword overrides."""

import secrets
from datetime import date, timedelta
from typing import Any

from services.identity.domain.delegations import DelegationRequest, Service, reference_of
from services.identity.domain.grants import Grant
from shared.clock import business_day, new_id
from shared.contracts import Actor
from shared.contracts.identity.delegation import RequestDelegation
from tests.support.identity_builders import NOW, random_email

TODAY: date = business_day(NOW)


def random_reference() -> str:
    return reference_of(secrets.randbits(40))


def request(**overrides: Any) -> DelegationRequest:
    values: dict[str, Any] = {
        "request_id": new_id(),
        "reference": random_reference(),
        "provider_id": new_id(),
        "requested_by": new_id(),
        "provider_name": "Clinique du Vieux-Moulin",
        "provider_email": random_email(),
        "delegate_name": "Luc Tremblay",
        "delegate_email": random_email(),
        "service": Service.BILLING,
        "valid_from": TODAY,
        "valid_to": TODAY + timedelta(days=365),
        "language": "fr",
        "created_at": NOW,
    }
    return DelegationRequest(**(values | overrides))


def grant(**overrides: Any) -> Grant:
    values: dict[str, Any] = {
        "grant_id": new_id(),
        "provider_id": new_id(),
        "account_id": new_id(),
        "delegate_name": "Luc Tremblay",
        "service": Service.BILLING,
        "valid_from": TODAY,
        "valid_to": TODAY + timedelta(days=30),
    }
    return Grant(**(values | overrides))


def request_delegation(**overrides: Any) -> RequestDelegation:
    values: dict[str, Any] = {
        "request_id": new_id(),
        "answers": ("provider", "staff", "billing"),
        "delegate_name": "Luc Tremblay",
        "delegate_email": random_email(),
        "provider_email": random_email(),
        "valid_from": TODAY,
        "language": "fr",
    }
    return RequestDelegation(**(values | overrides))


def provider_actor(provider_id: str, account_id: str | None = None) -> Actor:
    return Actor(account_id=account_id or new_id(), session_id=new_id(), roles=("provider",), provider_id=provider_id)


def delegate_actor(account_id: str, provider_id: str | None = None) -> Actor:
    return Actor(
        account_id=account_id,
        session_id=new_id(),
        roles=("delegate",),
        provider_id=provider_id,
        on_behalf_of=provider_id,
    )
