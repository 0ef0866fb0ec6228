"""Codes under way: of whoever is signed in, or of the browser that began."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import httpx

from deploy.demo.client import Json, Person
from tests.journeys.objects.cast import BANK, WRONG_CODE, Case, Cast, Made, secret_of_a_browser
from tests.journeys.test_provider_registration import ANSWERS, OFFICE, Dentist
from tests.support.world import Dossier

CONFLICT: Final = httpx.codes.CONFLICT
Make = Callable[[Cast], Awaitable[Made]]


async def code_of(person: Person, reference: str) -> Json:
    return {"code": await person.code_with_reference(reference)}


async def a_sign_in(cast: Cast) -> tuple[Json, Person]:
    visitor = replace(cast.other.person, tokens={})
    return await visitor.post("/sign-in", {"user_name": visitor.email, "password": visitor.password}), visitor


async def a_sign_in_begun(cast: Cast) -> Made:
    challenge, visitor = await a_sign_in(cast)
    return secret_of_a_browser("challenge_id", challenge["challenge_id"], visitor)


async def a_sign_in_with_its_code(cast: Cast) -> Made:
    challenge, visitor = await a_sign_in(cast)
    body = await code_of(visitor, challenge["reference"])
    return secret_of_a_browser("challenge_id", challenge["challenge_id"], visitor, body=body, guesses=(WRONG_CODE,))


async def a_recovery(cast: Cast) -> tuple[Json, Person]:
    member = cast.forgetful
    visitor = replace(member.person, tokens={})
    number = member.dossier.certificate_number
    asked = {"method": "member", "email": visitor.email, "number": number, "language": "fr"}
    return await visitor.post("/recoveries", asked), visitor


async def a_recovery_begun(cast: Cast) -> Made:
    started, visitor = await a_recovery(cast)
    return secret_of_a_browser("recovery_id", started["recovery_id"], visitor)


async def a_recovery_with_its_code(cast: Cast) -> Made:
    started, visitor = await a_recovery(cast)
    body = await code_of(visitor, started["reference"])
    return secret_of_a_browser("recovery_id", started["recovery_id"], visitor, body=body, guesses=(WRONG_CODE,))


async def a_recovery_to_end(cast: Cast) -> Made:
    started, visitor = await a_recovery(cast)
    recovery_id = started["recovery_id"]
    await visitor.post(f"/recoveries/{recovery_id}/code", await code_of(visitor, started["reference"]))
    cast.forgetful.person.password = new = f"{cast.world.visitor().password}-2"
    return secret_of_a_browser("recovery_id", recovery_id, visitor, body={"new_password": new})


async def a_recovery_with_questions(cast: Cast) -> Made:
    """Providers are asked what they answered when they registered."""
    practice = cast.practices[1]
    visitor, user_name = replace(practice.person, tokens={}), practice.person.user_name
    number = next(each for each in cast.dentists if each.user_name == user_name).number
    asked = {"method": "provider", "email": visitor.email, "number": number, "language": "fr"}
    started = await visitor.post("/recoveries", asked)
    recovery_id = started["recovery_id"]
    await visitor.post(f"/recoveries/{recovery_id}/code", await code_of(visitor, started["reference"]))
    right = {"answers": dict(ANSWERS)}
    wrong = {"answers": dict.fromkeys(right["answers"], "rien")}
    return secret_of_a_browser("recovery_id", recovery_id, visitor, body=right, guesses=(wrong,))


async def a_change_of_the_bank(cast: Cast) -> Json:
    change = BANK | {"account": "210987654321", "replaces": 1}
    announced = {"action": "direct_deposit_change", "direct_deposit": change}
    return await cast.owner.person.post("/step-ups", announced)


async def a_step_up_begun(cast: Cast) -> Made:
    return cast.of_member({"step_up_id": (await a_change_of_the_bank(cast))["step_up_id"]})


async def a_step_up_with_its_code(cast: Cast) -> Made:
    started = await a_change_of_the_bank(cast)
    body = await code_of(cast.owner.person, started["reference"])
    return cast.of_member({"step_up_id": started["step_up_id"]}, body=body, guesses=(WRONG_CODE,))


def of_the_other(cast: Cast, change_id: str, **made: Any) -> Made:
    return Made(path={"change_id": change_id}, owner=cast.other.person, strangers=(cast.owner.person,), **made)


async def an_address_to_be(cast: Cast) -> tuple[Json, Person]:
    person, new = cast.other.person, cast.world.visitor()
    body = {"new_email": new.email, "new_email_again": new.email, "current_password": person.password}
    return await person.put("/me/email", body), new


async def a_change_of_address_begun(cast: Cast) -> Made:
    begun, _ = await an_address_to_be(cast)
    return of_the_other(cast, begun["change_id"])


async def a_change_of_address_with_its_code(cast: Cast) -> Made:
    begun, new = await an_address_to_be(cast)
    body = await code_of(new, begun["reference"])
    return of_the_other(cast, begun["change_id"], body=body, guesses=(WRONG_CODE,))


async def a_contact(cast: Cast) -> tuple[Json, Person]:
    new = cast.world.visitor()
    return await cast.owner.person.put("/me/contact", {"email": new.email, "consent": True}), new


async def a_contact_begun(cast: Cast) -> Made:
    chosen, _ = await a_contact(cast)
    return cast.of_member({"challenge_id": chosen["challenge_id"]})


async def a_contact_with_its_code(cast: Cast) -> Made:
    chosen, new = await a_contact(cast)
    body = await code_of(new, chosen["code"]["reference"])
    return cast.of_member({"challenge_id": chosen["challenge_id"]}, body=body, guesses=(WRONG_CODE,))


async def a_guard(cast: Cast) -> tuple[Json, Person]:
    """Administrator security of a practice, which itself needs a step-up."""
    person, guard = cast.practices[0].person, cast.world.visitor()
    answers = {"practice_founder": "Dr Beaulieu", "thesis_topic": "Émail", "favourite_team": "Nordiques"}
    security = {"email": guard.email, "email_again": guard.email, "password": guard.password, "answers": answers}
    started = await person.post("/step-ups", {"action": "administrator_change", "administrator_security": security})
    code = await code_of(person, started["reference"])
    granted = await person.post(f"/step-ups/{started['step_up_id']}/code", code)
    headers = person.headers() | {"step-up": granted["step_up_token"]}
    return (await person.http.put("/administrator-security", json=security, headers=headers)).json(), guard


async def a_guard_begun(cast: Cast) -> Made:
    begun, _ = await a_guard(cast)
    return cast.of_practice({"change_id": begun["change_id"]})


async def a_guard_with_its_code(cast: Cast) -> Made:
    begun, guard = await a_guard(cast)
    body = await code_of(guard, begun["reference"])
    return cast.of_practice({"change_id": begun["change_id"]}, body=body, guesses=(WRONG_CODE,))


def enrolling(path: str, *before: str) -> Make:
    """An enrolment after these steps; the last one named is what its browser sends next."""

    async def make(cast: Cast) -> Made:
        person = cast.world.visitor()
        begun = await person.post("/enrolments", {"path": path, "language": "fr"})
        where, last = f"/enrolments/{begun['enrolment_id']}", begun
        bodies = {step: TYPED[step](cast, person, begun) for step in before if step in TYPED}
        for step in before[:-1]:
            if step == "code":
                last = await person.post(f"{where}/code", await code_of(person, last["code"]["reference"]))
            else:
                last = await person.put(f"{where}/steps/{step}", bodies[step])
        body = bodies.get(before[-1]) if before else None
        guesses: tuple[Json, ...] = ()
        if before[-1:] == ("code",):
            body, guesses = await code_of(person, last["code"]["reference"]), (WRONG_CODE,)
        return secret_of_a_browser("enrolment_id", begun["enrolment_id"], person, body=body, guesses=guesses)

    return make


def profile(person: Person, dentist: Dentist) -> Json:
    return {
        "kind": dentist.number.kind.value,
        "number": dentist.number.number,
        "office_number": OFFICE,
        "email": person.email,
        "email_repeat": person.email,
        "statements": [{"statement_date": day.isoformat(), "batch_number": batch} for day, batch in dentist.statements],
        "answers": [{"question": question, "answer": answer} for question, answer in ANSWERS],
    }


def facts(cast: Cast, _person: Person, _begun: Json) -> Json:
    """Of a certificate that nobody has registered, while there are any: only a code tells them from others."""
    return (cast.dossiers.pop() if cast.dossiers else Dossier()).facts.typed()


TYPED: Final[Mapping[str, Callable[[Cast, Person, Json], Json]]] = {
    "roster_facts": facts,
    "credentials_email": lambda _, person, __: {"email": person.email, "password": person.password},
    "existing_account": lambda _, person, __: {"user_name": person.email, "password": person.password},
    "mailbox": lambda _, person, __: {"email": person.email},
    "display_name": lambda _, __, ___: {"display_name": "Béa"},
    "user_code": lambda _, person, __: {
        "user_code": f"bea{person.email[:8]}",
        "password": person.password,
        "password_repeat": person.password,
        "recovery_answer": "Marie-Ève",
    },
    "welcome_terms": lambda _, __, begun: {"accepted": True, "terms_version": begun["shown"]["terms_version"]},
    "provider_profile": lambda _, person, __: profile(person, Dentist()),
    "provider_direct_deposit": lambda _, __, ___: {"details": dict(BANK)},
    "provider_submit": lambda _, __, ___: {},
    "reference": lambda cast, _, __: {"reference_number": cast.professional.reference_number},
    "credentials_provider": lambda _, person, __: {
        "user_name": f"zoe{person.email[:10]}",
        "email": person.email,
        "password": person.password,
    },
}
"""What each step is sent. Where the answers are alike for everybody, it is about nobody."""

_STEPS: Final = "PUT /enrolments/{enrolment_id}/steps"
_PROVIDER: Final = ("welcome_terms", "provider_profile", "provider_direct_deposit", "provider_submit")
_MOBILE: Final = ("roster_facts", "display_name", "mailbox", "code", "user_code")

CASES: Final = {
    "GET /sign-in/{challenge_id}": Case(a_sign_in_begun, refused=CONFLICT),
    "POST /sign-in/{challenge_id}/resend": Case(a_sign_in_begun, refused=CONFLICT),
    "POST /sign-in/{challenge_id}/code": Case(a_sign_in_with_its_code, refused=CONFLICT),
    "POST /step-ups/{step_up_id}/resend": Case(a_step_up_begun, refused=CONFLICT),
    "POST /step-ups/{step_up_id}/code": Case(a_step_up_with_its_code, refused=CONFLICT),
    "POST /me/contact/{challenge_id}/resend": Case(a_contact_begun, refused=CONFLICT),
    "POST /me/contact/{challenge_id}/code": Case(a_contact_with_its_code, refused=CONFLICT),
    "POST /administrator-security/{change_id}/resend": Case(a_guard_begun, refused=CONFLICT),
    "POST /administrator-security/{change_id}/code": Case(a_guard_with_its_code, refused=CONFLICT),
    "GET /enrolments/{enrolment_id}": Case(enrolling("provider")),
    f"{_STEPS}/user_code": Case(enrolling("member_mobile", *_MOBILE)),
    "POST /enrolments/{enrolment_id}/code": Case(
        enrolling("member_email", "roster_facts", "credentials_email", "code"), refused=CONFLICT
    ),
    f"{_STEPS}/roster_facts": Case(enrolling("member_email", "roster_facts")),
    f"{_STEPS}/credentials_email": Case(enrolling("member_email", "roster_facts", "credentials_email")),
    "POST /enrolments/{enrolment_id}/resend": Case(
        enrolling("member_email", "roster_facts", "credentials_email", "resend"), refused=CONFLICT
    ),
    f"{_STEPS}/display_name": Case(enrolling("member_mobile", *_MOBILE[:2])),
    f"{_STEPS}/mailbox": Case(enrolling("member_mobile", *_MOBILE[:3])),
    f"{_STEPS}/existing_account": Case(enrolling("member_link", "roster_facts", "existing_account")),
    f"{_STEPS}/welcome_terms": Case(enrolling("provider", *_PROVIDER[:1])),
    f"{_STEPS}/provider_profile": Case(enrolling("provider", *_PROVIDER[:2])),
    f"{_STEPS}/provider_direct_deposit": Case(enrolling("provider", *_PROVIDER[:3])),
    f"{_STEPS}/provider_submit": Case(enrolling("provider", *_PROVIDER)),
    f"{_STEPS}/reference": Case(enrolling("hygienist", "reference")),
    f"{_STEPS}/credentials_provider": Case(enrolling("hygienist", "reference", "credentials_provider")),
    "POST /me/email/{change_id}/resend": Case(a_change_of_address_begun, refused=CONFLICT),
    "POST /me/email/{change_id}/code": Case(a_change_of_address_with_its_code, refused=CONFLICT),
    "POST /recoveries/{recovery_id}/resend": Case(a_recovery_begun, refused=CONFLICT),
    "POST /recoveries/{recovery_id}/code": Case(a_recovery_with_its_code, refused=CONFLICT),
    "PUT /recoveries/{recovery_id}/password": Case(a_recovery_to_end),
    "POST /recoveries/{recovery_id}/answers": Case(a_recovery_with_questions),
}
