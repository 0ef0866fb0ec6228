"""Every way of a member to an account, the terms that come first, and several dossiers on one account."""

from collections.abc import Awaitable
from dataclasses import replace

import httpx
import pytest

from deploy.demo.client import HttpProblem, Json, Person
from tests.support.waiting import eventually
from tests.support.world import Dossier, Member, World, claim_body

FORBIDDEN, NOT_FOUND, REJECTED = httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND, httpx.codes.UNPROCESSABLE_ENTITY


async def refused(asked: Awaitable[Json]) -> tuple[int, str]:
    """Status and code of the problem that a request is answered with."""
    with pytest.raises(HttpProblem) as problem:
        await asked
    return problem.value.status, problem.value.code


async def enrol_by_user_code(world: World, person: Person, dossier: Dossier) -> Json:
    """The path of the mobile app, to its confirmation."""
    where = await person.enrol(
        "member_mobile", roster_facts=dossier.facts.typed(), display_name={"display_name": "Béa"}
    )
    mailed = await person.put(f"{where}/steps/mailbox", {"email": person.email})
    code = await person.code_with_reference(mailed["code"]["reference"])
    proved = await person.post(f"{where}/code", {"code": code})
    assert (proved["current"], proved["account"]) == ("user_code", None)
    chosen = {"user_code": str(person.user_name), "password": person.password, "password_repeat": person.password}
    return await person.put(
        f"{where}/steps/user_code",
        {**chosen, "hint": "le chat de mon enfance", "recovery_answer": "Marie-Ève"},
    )


@pytest.mark.req("REG-3", "REG-5", "REG-6", "REG-8", "LOG-7")
async def test_a_member_enrols_by_user_code_and_accepts_the_terms_before_anything_else(world: World) -> None:
    dossier = Dossier(plan_code="PREMIER")
    await world.load(dossier)
    person = world.visitor()
    person.user_name = f"bea{person.email[:8]}"

    confirmation = await enrol_by_user_code(world, person, dossier)
    assert confirmation["account"]["user_name"] == person.user_name
    assert confirmation["account"]["display_name"] == "Béa"

    await person.sign_in(accepting=False)
    assert person.tokens["restrictions"] == ["terms"]
    for path in ("/persons", "/me", "/claims"):
        assert await refused(person.get(path)) == (FORBIDDEN, "access.restricted_terms")
    [terms] = (await person.get("/terms"))["terms"]
    assert (terms["due"], terms["language"]) == (True, "fr")
    outdated = {"terms_id": terms["terms_id"], "version": "2001-01"}
    assert await refused(person.post("/terms/acceptance", outdated)) == (
        httpx.codes.CONFLICT,
        "identity.terms_outdated",
    )
    await person.accept_terms()
    covered = (await person.get("/persons"))["persons"]
    assert covered[0]["display_name"] == dossier.holder_name
    await person.sign_in(accepting=False)
    assert person.tokens["restrictions"] == []
    kept = world.database("identity")["recoveries"].find_one({"_id": confirmation["account"]["account_id"]})
    assert kept is not None
    (answer,) = kept["answers"]
    assert (answer["question"], answer["hash"][:10]) == ("mothers_first_name", "$argon2id$")
    assert "enfance" not in str(kept)


@pytest.mark.req("REG-7", "REG-9", "LOG-6", "R7")
async def test_r7_dossiers_are_added_and_linked_and_what_belongs_to_one_is_not_reachable_with_another(
    world: World,
) -> None:
    member = await world.member()
    second, third = Dossier(), Dossier()
    await world.load(second, third)
    person = member.person

    wrong = second.facts.typed() | {"birth_date": "1931-01-01"}
    assert await refused(person.post("/dossiers", wrong)) == (REJECTED, "identity.dossier_not_matched")
    added = (await person.post("/dossiers", second.facts.typed()))["dossier"]
    assert added["contract_number"] == second.contract_number
    await world.mail_about(person.email, "s’ajoute à votre compte", second.contract_number)
    assert await refused(person.post("/dossiers", second.facts.typed())) == (REJECTED, "identity.dossier_not_matched")

    linked = await link(world, person, third)
    assert [one["contract_number"] for one in linked["dossiers"]] == [
        member.dossier.contract_number,
        second.contract_number,
        third.contract_number,
    ]

    number = await member.submit(claim_body(member.persons[0]))
    await member.decided(number)
    first_id, second_id = member.dossier_id, added["dossier_id"]
    await person.choose_dossier(second_id)
    await nothing_of_the_first_is_reachable(member, number)
    assert await refused(person.put("/session/dossier", {"dossier_id": "somebody-elses"})) == (
        NOT_FOUND,
        "access.dossier_unknown",
    )
    await person.choose_dossier(first_id)
    assert (await person.get(f"/claims/{number}"))["claim_number"] == number


async def link(world: World, person: Person, dossier: Dossier) -> Json:
    """The dossier through the path for people who have an account; its view."""
    visitor = replace(person, tokens={})
    where = await visitor.enrol("member_link", roster_facts=dossier.facts.typed())
    credentials = {"user_name": person.email, "password": person.password}
    mailed = await visitor.put(f"{where}/steps/existing_account", credentials)
    account = await visitor.confirm(mailed)
    await world.mail_about(person.email, "s’ajoute à votre compte", dossier.contract_number)
    return account


async def nothing_of_the_first_is_reachable(member: Member, number: str) -> None:
    """With a session on the second dossier, every object of the first one is unknown."""
    person = member.person
    persons = [one["person_id"] for one in (await person.get("/persons"))["persons"]]
    assert not set(persons) & set(member.persons)
    assert await refused(person.get(f"/claims/{number}")) == (NOT_FOUND, "claims.not_found")
    assert (await person.get("/claims"))["claims"] == []
    assert (await person.get("/payments"))["payments"] == []
    assert not (await person.get("/direct-deposit")).get("account_ending")


@pytest.mark.req("REG-2")
async def test_notices_go_to_the_chosen_address_and_codes_to_the_access_address(world: World) -> None:
    member = await world.member()
    person, other = member.person, world.visitor()

    refusal = await refused(person.put("/me/contact", {"email": other.email, "consent": False}))
    assert refusal == (REJECTED, "identity.consent_missing")
    chosen = await person.put("/me/contact", {"email": other.email, "consent": True})
    assert (chosen["email"], chosen["pending"]) == (None, other.email)
    code = await other.code_with_reference(chosen["code"]["reference"])
    confirmed = await person.post(f"/me/contact/{chosen['challenge_id']}/code", {"code": code})
    assert (confirmed["email"], confirmed["access_email"]) == (other.email, person.email)

    async def learned() -> bool:
        contacts = world.database("notification")["contacts"]
        return contacts.count_documents({"chosen_email": other.email}) == 1

    await eventually(learned, "notification knows the chosen address")
    number = await member.submit(claim_body(member.persons[0]))
    await world.mail_about(other.email, number)
    await person.sign_in()
    assert all(number not in str(message) for message in world.mailbox.messages_to(person.email))
