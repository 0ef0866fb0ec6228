"""A person at the HTTP API: registers, reads mails, signs in, submits. For the demo and the journeys of the tests."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage
from typing import Any, Final

import httpx
import pyotp

from deploy.local.mailbox import Mailbox

Json = dict[str, Any]
_CODE: Final = re.compile(r"(?<![\d-])(\d{3})[ \u00a0\u202f-]?(\d{3})(?![\d-])")
MAIL_SECONDS: Final = 30.0
READ_AGAIN_SECONDS: Final = 1.0
"""For how long another mail may come that shows a reference which a mail showed before: there are 32 768 of them."""
STEP_SECONDS: Final = 30
NEARLY_OVER_SECONDS: Final = 25


class HttpProblem(Exception):  # noqa: N818
    """The API answered with a problem (RFC 9457)."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(
            f"{response.request.method} {response.request.url.path}: {response.status_code} {response.text}"
        )
        self.response = response
        self.status = response.status_code

    @property
    def code(self) -> str:
        """Stable code of the problem."""
        return str(self.response.json().get("code"))


@dataclass(frozen=True, slots=True)
class RosterFacts:
    """What a plan member knows about the own certificate."""

    contract_number: str
    certificate_number: str
    birth_date: date

    def typed(self) -> Json:
        """As the first step of every member asks for it."""
        return {
            "contract_number": self.contract_number,
            "certificate_number": self.certificate_number,
            "birth_date": self.birth_date.isoformat(),
        }


@dataclass(slots=True)
class AuthenticatorApp:
    """An app on a telephone. Each code counts once, so it shows the next one where a person would wait for it."""

    secret: str
    last_step: int = 0
    recovery_codes: list[str] = field(default_factory=list)

    @classmethod
    def found_again(cls, secret: str) -> "AuthenticatorApp":
        """An app whose latest codes may have been used by others."""
        return cls(secret, int(time.time()) // STEP_SECONDS)

    async def code(self) -> str:
        """A code that was not used yet; one step early or late counts too, and beyond that it waits."""
        while True:
            present, seconds = divmod(time.time(), STEP_SECONDS)
            earliest = int(present) - (seconds < NEARLY_OVER_SECONDS)
            step = max(earliest, self.last_step + 1)
            if step <= present + 1:
                self.last_step = step
                return pyotp.TOTP(self.secret).generate_otp(step)
            await asyncio.sleep(STEP_SECONDS - seconds)


@dataclass(slots=True)
class Person:
    """One caller of the API with an own mailbox, perhaps an authenticator app and, once signed in, tokens."""

    http: httpx.AsyncClient
    mailbox: Mailbox
    email: str
    password: str
    language: str = "fr"
    user_name: str | None = None
    """What is typed to sign in, where that is not the e-mail."""
    tokens: Json = field(default_factory=dict)
    device_token: str | None = None
    """Of the browser that this person uses, once it signed in."""
    app: AuthenticatorApp | None = None

    async def register(self, facts: RosterFacts) -> Json:
        """Register with roster facts and the code from the mail; the account's view."""
        return await self.confirm(await self.start_registration(facts))

    async def start_registration(self, facts: RosterFacts) -> Json:
        """Everything before the code: the enrolment as it stands then."""
        path = await self.enrol("member_email", roster_facts=facts.typed())
        return await self.put(f"{path}/steps/credentials_email", {"email": self.email, "password": self.password})

    async def enrol(self, path: str, **steps: Json) -> str:
        """Begin to walk a path and do these steps; where the enrolment is found."""
        begun = await self.post("/enrolments", {"path": path, "language": self.language})
        where = f"/enrolments/{begun['enrolment_id']}"
        for step, body in steps.items():
            await self.put(f"{where}/steps/{step}", body)
        return where

    async def confirm(self, enrolment: Json) -> Json:
        """The code from the mail ends the enrolment; the account's view."""
        code = await self.code_with_reference(enrolment["code"]["reference"])
        confirmed = await self.post(f"/enrolments/{enrolment['enrolment_id']}/code", {"code": code})
        account: Json = confirmed["account"]
        return account

    async def sign_in(self, *, accepting: bool = True) -> None:
        """Password, then the code from the mail or the authenticator app, then, unless not ``accepting``, consent to
        terms that are due.
        """
        name = self.user_name or self.email
        credentials = {"user_name": name, "password": self.password, "device_token": self.device_token}
        challenge = await self.post("/sign-in", credentials)
        code = await (self.code_with_reference(challenge["reference"]) if self.app is None else self.app.code())
        self.tokens = await self.post(f"/sign-in/{challenge['challenge_id']}/code", {"code": code})
        self.device_token = self.tokens["device_token"] or self.device_token
        if accepting and "terms" in self.tokens["restrictions"]:
            await self.accept_terms()

    async def choose_dossier(self, dossier_id: str) -> None:
        """Another of one's dossiers for this session."""
        self.tokens |= await self.put("/session/dossier", {"dossier_id": dossier_id})

    async def accept_terms(self) -> None:
        """Consent to all terms that are due; the access token is one without that restriction then."""
        for terms in (await self.get("/terms"))["terms"]:
            if terms["due"]:
                chosen = {"terms_id": terms["terms_id"], "version": terms["version"]}
                self.tokens |= await self.post("/terms/acceptance", chosen)

    async def refresh(self) -> None:
        """The next tokens: what the account may do now."""
        body = {"refresh_token": self.tokens["refresh_token"]}
        self.tokens = await self.post("/tokens/refresh", body)

    async def set_up_app(self) -> AuthenticatorApp:
        """Sign in with an authenticator app from now on, as agents must."""
        self.app = app = AuthenticatorApp((await self.post("/me/second-factor"))["secret"])
        confirmed = await self.post("/me/second-factor/confirmation", {"code": await app.code()})
        app.recovery_codes = confirmed["recovery_codes"]
        await self.refresh()
        return app

    async def code_with_reference(self, reference: str) -> str:
        """The code of the mail that shows this reference; of one that was not read yet, since two may share theirs."""

        def shown(message: EmailMessage) -> bool:
            return reference in plain_text(message)

        read = self.mailbox.find(self.email, predicate=lambda each: shown(each) and self.mailbox.was_read(each))
        try:
            mail = await self.mailbox.wait_for(
                self.email,
                predicate=lambda each: shown(each) and not self.mailbox.was_read(each),
                timeout_s=MAIL_SECONDS if read is None else READ_AGAIN_SECONDS,
            )
        except TimeoutError:
            if read is None:
                raise
            mail = read
        self.mailbox.mark_read(mail)
        return code_in(mail)

    async def get(self, path: str, **query: str | int) -> Json:
        """GET as this person."""
        return _json(await self.http.get(path, params=query, headers=self.headers()))

    async def post(self, path: str, body: Json | None = None, **headers: str) -> Json:
        """POST as this person; header names with underscores for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return _json(await self.http.post(path, json=body, headers={**self.headers(), **named}))

    async def put(self, path: str, body: Json) -> Json:
        """PUT as this person."""
        return _json(await self.http.put(path, json=body, headers=self.headers()))

    async def submit_claim(self, body: Json, *, key: str) -> Json:
        """Submit a claim under an idempotency key."""
        return await self.post("/claims", body, Idempotency_Key=key)

    def headers(self) -> dict[str, str]:
        """Language, and the access token once there is one."""
        headers = {"accept-language": self.language}
        if self.tokens:
            headers["authorization"] = f"Bearer {self.tokens['access_token']}"
        return headers


def _json(response: httpx.Response) -> Json:
    if response.is_error:
        raise HttpProblem(response)
    body: Json = response.json() if response.content else {}
    return body


def plain_text(message: EmailMessage) -> str:
    """The text part of a mail."""
    part = message.get_body(preferencelist=("plain",))
    return str(part.get_content()) if part is not None else ""


def code_in(message: EmailMessage) -> str:
    """The six digits of a one-time code.

    Raises:
        ValueError: there is none.
    """
    found = _CODE.search(plain_text(message))
    if found is None:
        raise ValueError(f"no code in {message['Subject']!r}")
    return "".join(found.groups())


def client(base_url: str) -> httpx.AsyncClient:
    """An HTTP client for many requests side by side."""
    limits = httpx.Limits(max_connections=40, max_keepalive_connections=40)
    return httpx.AsyncClient(base_url=base_url, timeout=30.0, limits=limits)
