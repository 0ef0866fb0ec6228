"""Two members and their statements: as PDF and CSV, in the inbox, by post for the one who asked (PAY-2 to PAY-5)."""

import csv
import io
from dataclasses import dataclass
from hashlib import sha256

import httpx
import pytest

from deploy.demo.client import Json
from tests.support.payments_statements import squeezed, text_of
from tests.support.waiting import eventually
from tests.support.world import Member, World, claim_body


@dataclass(frozen=True, slots=True)
class Story:
    """A French member who wants paper, an English one who does not, and what both were paid."""

    french: Member
    english: Member
    payments: dict[str, Json]

    def payment_of(self, member: Member) -> Json:
        return self.payments[member.dossier_id]


@pytest.fixture(scope="module")
async def story(world: World) -> Story:
    (french,) = await world.members(1)
    english = await world.member(language="en")
    await french.person.put("/statement-delivery", {"by_post": True})
    for member in (french, english):
        await member.enrol()
        own, *_ = member.persons
        await member.decided(await member.submit(claim_body(own)))
    await world.payable(french, english)
    await world.settled((await world.close_run())["run_id"])
    payments = {
        member.dossier_id: (await member.person.get("/payments"))["payments"][0] for member in (french, english)
    }
    return Story(french, english, payments)


async def taken(member: Member, path: str) -> httpx.Response:
    answer = await member.person.http.get(path, headers=member.person.headers())
    answer.raise_for_status()
    return answer


@pytest.mark.req("PAY-3")
async def test_the_pdf_shows_the_claim_and_is_the_same_at_every_request(story: Story) -> None:
    for member, words in ((story.french, "Relevé des prestations"), (story.english, "Explanation of benefits")):
        number = story.payment_of(member)["batch_number"]
        first, second = [await taken(member, f"/statements/{number}.pdf") for _ in range(2)]
        assert first.content == second.content
        assert first.headers["etag"] == f'"{sha256(first.content).hexdigest()}"'
        text = squeezed(text_of(first.content))
        statement = await member.person.get(f"/statements/{number}")
        (claim,) = statement["claims"]
        assert squeezed(words) in text
        assert claim["claim_number"] in text
        assert squeezed(member.dossier.holder_name) in text
        for line in claim["lines"]:
            assert line["reasons"]
            assert all(squeezed(reason) in text for reason in line["reasons"])
    other = await taken(story.english, f"/statements/{story.payment_of(story.english)['batch_number']}.pdf?language=fr")
    assert "Relevé des prestations" in text_of(other.content)


@pytest.mark.req("PAY-3", "PAY-4")
async def test_lines_and_list_open_in_a_spreadsheet(story: Story) -> None:
    payment = story.payment_of(story.english)
    lines = await taken(story.english, f"/statements/{payment['batch_number']}.csv")
    (line,) = csv.DictReader(io.StringIO(lines.text))
    assert round(float(line["Benefit"]) * 100) == payment["amount_cents"]
    days = f"from_day={payment['payable_on']}&to_day={payment['payable_on']}"
    listed = await taken(story.english, f"/payments.csv?{days}")
    (row,) = csv.DictReader(io.StringIO(listed.text))
    assert (row["Batch number"], row["Number of claims"], row["Date paid"], row["Status"]) == (
        payment["batch_number"],
        "1",
        payment["payable_on"],
        "Deposited",
    )
    assert row["Amount paid"] == row["Amount deposited"]
    assert (await story.english.person.get("/payments", to_day="2020-01-01"))["payments"] == []


@pytest.mark.req("PAY-5", "MSG-2")
async def test_the_same_file_lies_in_the_inbox(story: Story) -> None:
    for member in (story.french, story.english):
        number = story.payment_of(member)["batch_number"]

        async def arrived(member: Member = member, number: str = number) -> Json | None:
            messages = (await member.person.get("/inbox"))["messages"]
            return next((each for each in messages if each["message_id"].startswith(f"{number}.statement")), None)

        message = await eventually(arrived, f"the statement {number} lies in the inbox")
        assert message is not None
        view = await member.person.get(f"/inbox/{message['message_id']}")
        (attachment,) = view["attachments"]
        file = await taken(member, f"/inbox/{message['message_id']}/attachments/{attachment['name']}")
        assert file.content == (await taken(member, f"/statements/{number}.pdf")).content


@pytest.mark.req("PAY-5", "OPS-7")
async def test_only_the_one_who_asked_is_on_the_post_list_until_an_agent_posted_it(world: World, story: Story) -> None:
    agent = await world.agent()
    wanted, other = (story.payment_of(member)["batch_number"] for member in (story.french, story.english))

    async def listed() -> set[str] | None:
        numbers = {each["batch_number"] for each in (await agent.get("/administration/statements"))["statements"]}
        return numbers if wanted in numbers else None

    numbers = await eventually(listed, "the statement is on the post list")
    assert numbers is not None
    assert other not in numbers
    answer = await agent.http.get(f"/administration/statements/{wanted}.pdf", headers=agent.headers())
    assert answer.content.startswith(b"%PDF-")
    await agent.post(f"/administration/statements/{wanted}/posted")
    left = {each["batch_number"] for each in (await agent.get("/administration/statements"))["statements"]}
    assert wanted not in left

    async def recorded() -> set[str] | None:
        acts = (await agent.get("/administration/audit", about=story.french.dossier_id))["acts"]
        mine = {act["act"] for act in acts if act["details"].get("batch_number") == wanted}
        return mine if {"sensitive_read", "sensitive_update"} <= mine else None

    assert await eventually(recorded, "what the agent did is in the audit")
