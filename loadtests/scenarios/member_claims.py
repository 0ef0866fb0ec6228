"""A member registers (or signs in), submits claims, and polls until each is decided."""

import itertools
import random
import time
from typing import Any, ClassVar, Final
from uuid import uuid4

from locust import HttpUser, between, task
from locust.exception import StopUser

from deploy.demo.client import code_in, plain_text
from deploy.local.mailbox import Mailbox
from deploy.sample.claims import sample_claims
from deploy.sample.members import SampleMember, active_members
from loadtests.config import LoadConfig
from shared.clock import business_day, utc_now

PASSWORD: Final = "Essai-de-charge-2026"  # noqa: S105 - of invented members on this machine
MAIL_SECONDS: Final = 30
POLLS: Final = 40
_turns = itertools.count()


class MemberWithClaims(HttpUser):
    """Claims come one at a time, as fast as a person clicks through them."""

    config: ClassVar[LoadConfig] = LoadConfig.from_environment()
    members: ClassVar[tuple[SampleMember, ...]] = active_members()
    mailbox: ClassVar[Mailbox] = Mailbox(config.maildir)
    devices: ClassVar[dict[str, str]] = {}
    """The browser that each member came with first; a new one every time would look like sharing (LOG-8)."""
    host = config.base_url
    wait_time = between(0.2, 1.0)

    def on_start(self) -> None:
        """Take the next member; register unless that was done before, then sign in."""
        self.member = self.members[next(_turns) % len(self.members)]
        if not self._sign_in():
            self._register()
            if not self._sign_in():
                raise StopUser
        listed = self.client.get("/persons", headers=self.headers).json()["persons"]
        self.persons = [person["person_id"] for person in listed]

    @task(5)
    def submit_and_follow(self) -> None:
        """Submit a claim and poll it until it is decided."""
        day, seed = business_day(utc_now()), random.randrange(1_000_000)
        claim = sample_claims({"me": self.persons}, count=1, seed=seed, today=day)[0]
        key = {"idempotency-key": uuid4().hex}
        answer = self.client.post("/claims", json=dict(claim.body), headers={**self.headers, **key})
        if not answer.ok:
            return
        number = answer.json()["claim_number"]
        for _ in range(POLLS):
            with self.client.get(
                f"/claims/{number}", headers=self.headers, name="/claims/[number]", catch_response=True
            ) as poll:
                if poll.status_code == 404:  # noqa: PLR2004 - accepted, not decided yet
                    poll.success()
                elif poll.ok:
                    return
            time.sleep(0.1)

    @task(2)
    def list_claims(self) -> None:
        """The first page of own claims."""
        self.client.get("/claims", headers=self.headers)

    @task(1)
    def look_up_claim_type(self) -> None:
        """A search in the catalogue."""
        self.client.get("/claim-types", params={"text": "physio", "language": "fr"}, headers=self.headers)

    def _register(self) -> None:
        begun = self.client.post("/enrolments", json={"path": "member_email", "language": self.member.language}).json()
        path, name = f"/enrolments/{begun['enrolment_id']}", "/enrolments/[id]"
        facts = {
            "contract_number": self.member.contract_number,
            "certificate_number": self.member.certificate_number,
            "birth_date": self.member.birth_date.isoformat(),
        }
        self.client.put(f"{path}/steps/roster_facts", json=facts, name=f"{name}/steps/roster_facts")
        credentials = {"email": self.member.email, "password": PASSWORD}
        started = self.client.put(
            f"{path}/steps/credentials_email", json=credentials, name=f"{name}/steps/credentials_email"
        ).json()
        code = self._code(started["code"]["reference"])
        self.client.post(f"{path}/code", json={"code": code}, name=f"{name}/code")

    def _sign_in(self) -> bool:
        body = {"user_name": self.member.email, "password": PASSWORD, "device_token": self._device()}
        with self.client.post("/sign-in", json=body, catch_response=True) as answer:
            if answer.status_code == 401:  # noqa: PLR2004 - not registered yet
                answer.success()
                return False
            challenge: dict[str, Any] = answer.json()
        code = self._code(challenge["reference"])
        path = f"/sign-in/{challenge['challenge_id']}/code"
        tokens = self.client.post(path, json={"code": code}, name="/sign-in/[challenge]/code").json()
        self.headers = {"authorization": f"Bearer {tokens['access_token']}"}
        if tokens["device_token"] is not None:
            self.devices[self.member.email] = tokens["device_token"]
        if "terms" in tokens["restrictions"]:
            self._accept_terms()
        return True

    def _device(self) -> str | None:
        return self.devices.get(self.member.email)

    def _accept_terms(self) -> None:
        for terms in self.client.get("/terms", headers=self.headers).json()["terms"]:
            if terms["due"]:
                chosen = {"terms_id": terms["terms_id"], "version": terms["version"]}
                tokens = self.client.post("/terms/acceptance", json=chosen, headers=self.headers).json()
                self.headers = {"authorization": f"Bearer {tokens['access_token']}"}

    def _code(self, reference: str) -> str:
        deadline = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < deadline:
            mail = self.mailbox.find(self.member.email, predicate=lambda message: reference in plain_text(message))
            if mail is not None:
                return code_in(mail)
            time.sleep(0.1)
        raise StopUser
