"""Who else gets access: a provider with two statements, a hygienist with an agreement, a delegate who acts,
a member who forgot the password. Everybody reads real mails.
"""

import asyncio
import re
import secrets
from dataclasses import dataclass
from datetime import date
from typing import Final

import httpx

from deploy.demo.client import Json, Person, plain_text
from deploy.demo.people import Member
from deploy.local.mailbox import Mailbox
from deploy.sample.providers import (
    DELEGATE,
    DENTIST,
    HYGIENIST,
    PROFESSIONALS,
    PROVIDERS,
    STATEMENTS,
    statement_rows,
)

MAIL_SECONDS: Final = 20.0
OPENING_SECONDS: Final = 3
"""Instead of the thirty minutes after which a hygienist's services open (REG-18): nobody watches a demo that long."""

_TEMPORARY: Final = re.compile(r"\b[2-9A-Za-z]{4}(?:-[2-9A-Za-z]{4}){3}\b")
_USER_NAME: Final = re.compile(r"\b[a-z]+\d{6}\b")
_ADDRESS: Final = {
    "street": "12, rue des Ormes",
    "city": "Trois-Rivières",
    "province": "QC",
    "postal_code": "G9A 1B2",
}


@dataclass(slots=True)
class Access:
    """The scenes of the chapter."""

    http: httpx.AsyncClient
    mailbox: Mailbox
    agent: Person
    today: date

    async def load_registers(self) -> int:
        """The provider register, what the professional order says, and statements of the past; rows accepted."""
        return sum(
            [
                await self._load("providers", PROVIDERS),
                await self._load("professionals", PROFESSIONALS),
                await self._load("statements", [STATEMENTS, *statement_rows(self.today)]),
            ]
        )

    async def provider(self) -> Person:
        """A dentist registers with direct deposit, and replaces the temporary password (REG-10 to REG-15)."""
        dentist = self._person(DENTIST.email)
        begun = await dentist.post("/enrolments", {"path": "provider", "language": "fr"})
        steps = f"/enrolments/{begun['enrolment_id']}/steps"
        consent = {"accepted": True, "terms_version": begun["shown"]["terms_version"]}
        await dentist.put(f"{steps}/welcome_terms", consent)
        await dentist.put(f"{steps}/provider_profile", DENTIST.profile(self.today))
        details = {"transit": "30123", "institution": "815", "account": "7654321"}
        await dentist.put(f"{steps}/provider_direct_deposit", {"details": details})
        await dentist.put(f"{steps}/provider_submit", {})
        dentist.user_name = DENTIST.user_name
        await self._replace_temporary(dentist, await self._mailed(dentist, _TEMPORARY, "temporaire"))
        return dentist

    async def hygienist(self) -> tuple[Person, Json]:
        """A hygienist enrols and signs the agreement in six steps (REG-16 to REG-19)."""
        person = self._person(HYGIENIST.email)
        begun = await person.post("/enrolments", {"path": "hygienist", "language": "fr"})
        steps = f"/enrolments/{begun['enrolment_id']}/steps"
        await person.put(f"{steps}/reference", {"reference_number": HYGIENIST.reference_number})
        person.user_name = HYGIENIST.user_name
        credentials = {"user_name": person.user_name, "email": person.email, "password": person.password}
        await person.confirm(await person.put(f"{steps}/credentials_provider", credentials))
        await person.sign_in()
        await self._sign(person)
        await person.refresh()
        return person, await person.get("/agreement")

    async def opened(self, person: Person) -> None:
        """Wait until online services are open and the inbox is filled."""
        async with asyncio.timeout(MAIL_SECONDS):
            while True:
                await person.refresh()
                if not person.tokens["restrictions"] and len((await person.get("/inbox"))["messages"]) > 1:
                    return
                await asyncio.sleep(0.5)

    async def delegate(self, provider: Person) -> tuple[Person, int]:
        """Somebody of the staff is given the inbox, by both signatures and an agent's decision, and reads it on the
        provider's behalf (DEL-1 to DEL-8); how many messages there were.
        """
        delegate = self._person(DELEGATE.email)
        request = await provider.post(
            "/delegations",
            {
                "answers": ["provider", "staff", "inbox"],
                "delegate_name": DELEGATE.name,
                "delegate_email": delegate.email,
                "provider_email": provider.email,
                "valid_from": self.today.isoformat(),
                "language": "fr",
            },
        )
        await self._both_sign(provider, delegate, request)
        decision = f"/administration/delegations/{request['request_id']}/decision"
        await self.agent.post(decision, {"approve": True})
        delegate.user_name = await self._mailed(provider, _USER_NAME, "utilisateur")
        await self._replace_temporary(delegate, await self._mailed(delegate, _TEMPORARY, "temporaire"))
        messages = (await delegate.get("/inbox"))["messages"]
        for message in messages:
            await delegate.post(f"/inbox/{message['message_id']}/read")
        return delegate, len(messages)

    async def recovery(self, member: Member) -> None:
        """A member forgets the password: a code proves the mailbox, a new password ends other sessions (LOG-3)."""
        person, facts = member.person, member.facts
        asked = {"method": "member", "email": person.email, "number": facts.certificate_number, "language": "fr"}
        begun = await person.post("/recoveries", asked)
        path = f"/recoveries/{begun['recovery_id']}"
        await person.post(f"{path}/code", {"code": await person.code_with_reference(begun["reference"])})
        person.password = f"{secrets.token_urlsafe(12)}-Aa1"
        await person.put(f"{path}/password", {"new_password": person.password})
        await person.sign_in()

    async def _load(self, register: str, lines: list[str]) -> int:
        response = await self.http.post(
            f"/administration/registers/{register}",
            content="\n".join([*lines, ""]).encode(),
            headers={**self.agent.headers(), "content-type": "text/csv; charset=utf-8"},
            timeout=60.0,
        )
        response.raise_for_status()
        return int(response.json()["accepted"])

    def _person(self, email: str) -> Person:
        return Person(self.http, self.mailbox, email, f"{secrets.token_urlsafe(12)}-Aa1")

    async def _mailed(self, person: Person, pattern: re.Pattern[str], *words: str) -> str:
        mail = await self.mailbox.wait_for(
            person.email,
            predicate=lambda message: (
                pattern.search(plain_text(message)) is not None and all(word in plain_text(message) for word in words)
            ),
            timeout_s=MAIL_SECONDS,
        )
        found = pattern.search(plain_text(mail))
        if found is None:
            raise ValueError("looked for above")
        return found.group()

    async def _replace_temporary(self, person: Person, temporary: str) -> None:
        """Sign in with the temporary password, replace it, sign in with one's own."""
        own, person.password = person.password, temporary
        await person.sign_in(accepting=False)
        await person.put("/me/password", {"current_password": temporary, "new_password": own})
        person.password = own
        await person.sign_in()

    async def _sign(self, person: Person) -> None:
        await person.put("/enrolment/steps/commitment", {"effective_date": self.today.isoformat(), "committed": True})
        facts = (await person.get("/enrolment"))["shown"]
        confirmed = {"facts_version": int(facts["facts_version"]), "confirmed": True}
        await person.put("/enrolment/steps/professional_facts", confirmed)
        await person.put("/enrolment/steps/correspondence_address", {"address": _ADDRESS})
        practice = {"practice_name": "Clinique du Vieux-Moulin", "address": _ADDRESS}
        await person.put("/enrolment/steps/practice_address", practice)
        await person.put("/enrolment/steps/bank_transfer", {"bank_transfer": True})
        await person.put("/enrolment/steps/billing", {"no_accreditation": True})

    async def _both_sign(self, provider: Person, delegate: Person, request: Json) -> None:
        path = f"/delegations/{request['request_id']}/signature"
        started = await provider.post(path)
        code = await provider.code_with_reference(started["reference"])
        await provider.post(f"{path}/confirmation", {"signing_id": started["signing_id"], "code": code})
        began = await delegate.post("/delegations/signatures", {"reference": request["reference"]})
        code = await delegate.code_with_reference(began["reference"])
        await delegate.post(f"/delegations/signatures/{began['signing_id']}/confirmation", {"code": code})
