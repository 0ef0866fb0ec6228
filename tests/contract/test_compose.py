"""The container files say the same as the topology and the settings."""

import re
from typing import Any

import pytest
import yaml

from deploy import compose
from deploy.local.environment import PROJECT
from deploy.local.stack import SERVICES
from deploy.secrets import KEY_NAMES, RANDOM_FILES
from services.banking.settings import Settings as Banking
from services.claims.settings import Settings as Claims
from services.edge.settings import Settings as Edge
from services.identity.settings import Settings as Identity
from services.notification.settings import Settings as Notification
from services.payments.settings import Settings as Payments
from shared.settings import CommonSettings

SETTINGS: dict[str, type[CommonSettings]] = {
    "edge": Edge,
    "identity": Identity,
    "banking": Banking,
    "claims": Claims,
    "payments": Payments,
    "notification": Notification,
}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    text = (PROJECT / "compose.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["services"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_its_own_credentials_and_nobody_elses(services: dict[str, Any], name: str) -> None:
    placeholders = set(re.findall(r"\$\{(\w+)", str(services[name]["environment"])))
    assert placeholders == {f"{name.upper()}_RABBITMQ_PASSWORD", f"{name.upper()}_MONGODB_PASSWORD"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_variable_is_a_setting_and_every_required_setting_is_given(services: dict[str, Any], name: str) -> None:
    given = {variable.removeprefix("ACQUIT_").lower() for variable in services[name]["environment"]}
    fields = SETTINGS[name].model_fields
    assert given <= fields.keys()
    assert {field for field, info in fields.items() if info.is_required()} <= given | {"mongodb_database"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_container_is_confined_and_checked(services: dict[str, Any], name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "/ready" in service["healthcheck"]["test"][3]
    assert service["build"]["args"]["SERVICE"] == name


def test_every_key_file_that_a_container_needs_is_mounted(services: dict[str, Any]) -> None:
    made = {f"{key}.{half}.pem" for key in KEY_NAMES for half in ("private", "public")} | set(RANDOM_FILES)
    for name in SERVICES:
        paths = {
            value.removeprefix("/run/acquit/")
            for value in services[name]["environment"].values()
            if str(value).startswith("/run/acquit/")
        }
        assert paths == set(compose.FILES.get(name, ()))
        assert paths <= made


def test_a_private_key_is_seen_by_one_container_only() -> None:
    private = [name for names in compose.FILES.values() for name in names if not name.endswith(".public.pem")]
    assert len(private) == len(set(private))
