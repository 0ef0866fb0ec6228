"""Paths and plans as data: what ships is sound, and what is not sound is not loaded (COV-3, REG-4, REG-18)."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.identity.data import load_rules
from services.identity.domain.plans import FEATURES, InvalidRulesError
from services.identity.handlers.enrolment import Steps
from tests.support.identity_enrolment import Desk

PATHS = '[one]\nsteps = ["roster_facts", "credentials_email", "code"]\n'
PLANS = '[default]\npaths = ["one"]\nfeatures = ["claims"]\n'


def written(directory: Path, *, paths: str = PATHS, plans: str = PLANS) -> Path:
    (directory / "paths.toml").write_text(paths)
    (directory / "plans.toml").write_text(plans)
    return directory


def test_what_ships_is_sound_and_every_step_is_written() -> None:
    rules = load_rules()
    assert {"member_email", "member_user_code", "member_mobile", "member_link"} <= set(rules.paths)
    assert Desk(rules=rules).enrolments is not None


def test_values_are_read_as_they_stand(tmp_path: Path) -> None:
    paths = PATHS + "wait_minutes = 30\nlifetime_hours = 48\nterms = 'special'\n"
    plans = PLANS + "hint = true\nwait_minutes = 5\npassword = 'source'\n"
    rules = load_rules(written(tmp_path, paths=paths, plans=plans))
    path, plan = rules.paths["one"], rules.plan("anything")
    assert (path.wait, path.lifetime, path.terms_id) == (timedelta(minutes=30), timedelta(hours=48), "special")
    assert (plan.hint, plan.wait, plan.features) == (True, timedelta(minutes=5), ("claims",))


@pytest.mark.parametrize(
    ("paths", "plans"),
    [
        (PATHS, PLANS.replace("default", "other")),
        (PATHS, PLANS.replace('"one"', '"two"')),
        (PATHS, PLANS.replace('"claims"', '"dancing"')),
        (PATHS, PLANS + "colour = 1\n"),
        (PATHS, PLANS + "password = 'lax'\n"),
        (PATHS + "colour = 1\n", PLANS),
        (PATHS + "password = 'lax'\n", PLANS),
        (PATHS + "by_account = true\n", PLANS),
        ("[one]\nsteps = []\n", PLANS),
        ('[one]\nsteps = ["code", "code"]\n', PLANS),
    ],
)
def test_contradictions_keep_the_service_from_starting(tmp_path: Path, paths: str, plans: str) -> None:
    with pytest.raises(InvalidRulesError):
        load_rules(written(tmp_path, paths=paths, plans=plans))


@pytest.mark.req("REG-4", "REG-21")
def test_a_password_before_the_code_cannot_depend_on_the_plan(tmp_path: Path) -> None:
    modern = PLANS + "password = 'modern'\n"
    with pytest.raises(InvalidRulesError, match="before"):
        load_rules(written(tmp_path, plans=modern))
    assert load_rules(written(tmp_path, paths=PATHS + "password = 'modern'\n", plans=modern)).plans


def test_a_step_that_nobody_wrote_keeps_the_service_from_starting() -> None:
    desk = Desk()
    with pytest.raises(TypeError, match="roster_facts"):
        type(desk.enrolments)(
            desk.rules,
            Steps(),
            flows=desk.flows,
            accounts=desk.accounts,
            views=desk.views,
            opener=None,  # type: ignore[arg-type]
            clock=desk.clock,
        )


@pytest.mark.req("COV-3")
async def test_features_of_the_plan_are_those_of_the_dossier() -> None:
    desk = Desk()
    dossier = await desk.on_roster()
    account = await desk.registered(dossiers=(dossier.number,))
    view = await desk.views.of(account)
    assert view.dossiers[0].features == desk.rules.plan(dossier.plan_code).features
    assert set(view.dossiers[0].features) <= set(FEATURES)
