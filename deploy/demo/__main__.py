"""From nothing to the end without questions; exits 0 when every figure adds up."""

import asyncio
import json
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import httpx
import typer

from deploy.demo.access import OPENING_SECONDS, Access
from deploy.demo.bodies import FILLING_CENTS, OTHERS_PAID_CENTS
from deploy.demo.claims_day import BATCH, ClaimsDay
from deploy.demo.client import Person, client
from deploy.demo.money_day import RETURNS, MoneyDay, WebhookReceiver
from deploy.demo.observer import Observer
from deploy.demo.people import SECOND_AGENT, Member, enrol, load_roster, register_members, sign_in_agent
from deploy.demo.story import Story, dollars
from deploy.demo.summary import Summary
from deploy.demo.work import Agents, SubscriberProcess, pay, pay_providers, submit_claims
from deploy.local.environment import PROJECT
from deploy.local.mailbox import Mailbox
from deploy.local.stack import Stack
from deploy.local.supervisor import termination_as_interrupt
from deploy.local.waiting import wait_until
from deploy.sample.billing import wrong_rows
from deploy.sample.members import active_members
from shared.clock import business_day, utc_now

FOLDER: Final = PROJECT / ".local" / "demo"
WITHOUT_DEPOSIT: Final = 4
"""So many members do not enrol: what is due to them waits."""
MAIL_SECONDS: Final = 30.0


class Demo:
    """The chapters, in order."""

    def __init__(self, stack: Stack, story: Story, folder: Path, *, members: int, claims: int) -> None:
        self.stack, self.story, self.folder = stack, story, folder
        self.members, self.claims = members, claims
        self.summary = Summary()
        self.started = time.monotonic()

    async def run(self) -> Summary:
        """The whole day."""
        mailbox = self.stack.servers.mailbox()
        subscribers = [SubscriberProcess.in_python(self.stack, self.folder)]
        webhook = WebhookReceiver(self.folder)
        try:
            subscribers.append(await asyncio.to_thread(SubscriberProcess.in_node, self.stack, self.folder))
            async with client(self.stack.base_url) as http, Observer(self.stack.servers.rabbitmq_admin_url) as observer:
                self.story.chapter("Roster")
                agent = await sign_in_agent(self.stack, http, mailbox)
                report = await load_roster(agent)
                self.story.tell(
                    f"An agent signed in, set up an authenticator app, and loaded {report['accepted']} persons."
                )
                members = await self._people(http, mailbox)
                dentist = await self._access(Access(http, mailbox, agent, business_day(utc_now())), members)
                await self._claims(members, observer)
                self.story.chapter("A day at the claims office")
                second = await sign_in_agent(self.stack, http, mailbox, email=SECOND_AGENT, name="Paul Roy")
                today = business_day(utc_now())
                day = ClaimsDay(agent, second, dentist, members, observer, today, self.summary)
                await day.tell(self.story)
                await webhook.open(agent)
                await self._money((agent, second), dentist, observer)
                await self._back_and_again(MoneyDay(self.stack, self.folder, agent, self.summary), members)
                await self._looking_back(members, observer)
                await self._subscribers(subscribers, webhook)
        finally:
            webhook.stop()
            for subscriber in subscribers:
                subscriber.stop()
        self.summary.mails_sent = await self._mails(mailbox)
        self.summary.seconds = round(time.monotonic() - self.started, 1)
        return self.summary

    async def _people(self, http: httpx.AsyncClient, mailbox: Mailbox) -> list[Member]:
        self.story.chapter("Members")
        chosen = active_members()[: self.members]
        with self.story.progress("registering", len(chosen)) as counter:
            members = await register_members(http, mailbox, chosen, counter)
        self.summary.members_registered = len(members)
        self.story.tell(f"{len(members)} members registered, each with a code from a real mail, and signed in.")
        enrolling = members[: max(1, len(members) - WITHOUT_DEPOSIT)]
        with self.story.progress("enrolling for direct deposit", len(enrolling)) as counter:
            await enrol(enrolling, counter)
        self.story.tell(f"{len(enrolling)} enrolled for direct deposit; account numbers are encrypted before storage.")
        return members

    async def _access(self, access: Access, members: list[Member]) -> Person:
        self.story.chapter("Providers, delegates, forgotten passwords")
        with self.story.console.status("enrolling"):
            rows = await access.load_registers()
            dentist = await access.provider()
            self.summary.providers_registered = 1
            self.story.tell(
                f"The agent loaded {rows} rows of registers. A dentist proved two statements, got a temporary password "
                "by mail, replaced it, and is enrolled for direct deposit."
            )
            hygienist, agreement = await access.hygienist()
            self.summary.agreements_signed = 1
            self.story.tell(
                f"A hygienist signed the agreement in six steps; services are billable from "
                f"{agreement['services_billable_from']}, and the wait of 30 minutes takes {OPENING_SECONDS} s here."
            )
            await access.opened(hygienist)
            _, read = await access.delegate(hygienist)
            self.summary.delegations_approved = 1
            self.story.tell(
                f"Her assistant signed too, an agent approved, and {read} messages were read on her behalf: "
                "the signed agreement and the confirmation."
            )
            await access.recovery(members[0])
            self.summary.recoveries = 1
            self.story.tell("A member forgot the password and chose a new one, by a code to the known mailbox.")
        return dentist

    async def _claims(self, members: list[Member], observer: Observer) -> None:
        self.story.chapter("Claims")
        with self.story.progress("submitting", self.claims) as counter:
            today = business_day(utc_now())
            await submit_claims(members, self.claims, observer, counter, self.summary, today=today)
        s = self.summary
        self.story.tell(
            f"{s.claims_submitted} submissions became {s.claims_accepted} claims; "
            f"{s.duplicates_collapsed} repeated keys met the claim they had made before."
        )
        self.story.tell(
            f"Decided: {s.claims_approved} approved, {s.claims_reduced} reduced, {s.claims_denied} denied, "
            f"{s.claims_pended} waiting for a document; {dollars(s.amount_approved_cents)} payable."
        )
        self.story.tell(f"From submission to decision: half within {s.p50_ms:.0f} ms, 99 % within {s.p99_ms:.0f} ms.")

    async def _money(self, agents: Agents, dentist: Person, observer: Observer) -> None:
        self.story.chapter("Money")
        s = self.summary
        with self.story.console.status("paying"):
            run = await pay(agents, observer.payable_cents(), s)
            of_providers = await pay_providers(agents, s)
        target = self._keep_deposit_file(str(run["file_name"]))
        s.deposit_file = str(target.relative_to(PROJECT))
        self.story.tell(
            f"One run, prepared by one agent and approved by another: {s.payments} payments "
            f"of together {dollars(s.amount_paid_cents)}; "
            f"{s.payees_carried_over} payees without direct deposit wait for the next."
        )
        self.story.tell(f"Deposit file {target.name} (CPA Standard 005), settled by the bank simulator.")
        paid = (await dentist.get("/provider/payments"))["payments"][0]
        statement = await dentist.get(f"/provider/statements/{paid['batch_number']}")
        kept = self._keep_deposit_file(str(of_providers["file_name"]))
        self.story.tell(
            f"A run for providers paid the dentist {dollars(s.amount_paid_to_providers_cents)} for "
            f"{len(statement['claims'])} claims: statement {paid['batch_number']}, deposit file {kept.name}."
        )
        ledger = await agents[0].get("/ledger")
        s.ledger_sum_cents = ledger["sum_cents"]
        self.story.tell(f"The ledger has {ledger['postings']} postings; their sum is {ledger['sum_cents']}.")

    async def _back_and_again(self, day: MoneyDay, members: list[Member]) -> None:
        self.story.chapter("Money comes back")
        with self.story.console.status("returning"):
            paid = [member for member in members if (await member.person.get("/payments"))["payments"]]
            files = await day.papers(paid[0])
            self.story.tell(f"A member kept {', '.join(files)}.")
            numbers = await day.send_back(paid[1:])
            self.story.tell(
                f"The bank sent {len(numbers)} deposits back ({', '.join(numbers)}); the payees were told, and their "
                "bank details are flagged."
            )
            again = await day.pay_anew(numbers[0])
            self.story.tell(f"One payee confirmed the account: paid anew with batch {again['batch_number']}, settled.")
            report = await day.reconcile()
        self.story.tell(
            f"Reconciled: {report['batch_count']} batches, claims to bank, differ by "
            f"{dollars(report['difference_cents'])}."
        )

    def _keep_deposit_file(self, name: str) -> Path:
        """A copy beside the summary."""
        source = self.stack.folders.bank_outbox / name
        if not source.exists():
            source = next(self.stack.root.rglob(name))
        return Path(shutil.copyfile(source, self.folder / source.name))

    async def _looking_back(self, members: list[Member], observer: Observer) -> None:
        self.story.chapter("What a member sees")
        for member in members:
            paid = (await member.person.get("/payments"))["payments"]
            if not paid:
                continue
            statement = await member.person.get(f"/statements/{paid[0]['batch_number']}")
            self.story.tell(
                f"Statement {statement['batch_number']}: {len(statement['claims'])} claims, "
                f"{dollars(statement['amount_cents'])}, {paid[0]['status']}."
            )
            break
        self.summary.decisions_told = observer.told_to_members()
        self.summary.dead_letters = await observer.dead_letters(self.stack.topology)

    async def _mails(self, mailbox: Mailbox) -> int:
        """How many mails there are once the last ones arrived, or when time is up."""

        def sent() -> int:
            return sum(len(mailbox.messages_to(address)) for address in mailbox.recipients())

        with suppress(TimeoutError):
            expected = self.summary.mails_expected()
            await asyncio.to_thread(
                wait_until, lambda: sent() >= expected, f"{expected} mails were sent", timeout_s=MAIL_SECONDS
            )
        return sent()

    async def _subscribers(self, subscribers: list[SubscriberProcess], webhook: WebhookReceiver) -> None:
        self.story.chapter("Other systems")
        s = self.summary
        expected = s.events_expected()
        received = [await each.received(expected) for each in subscribers]
        s.events_received_by_subscriber, s.events_received_by_node_subscriber = received
        s.webhooks_delivered = await webhook.received(expected)
        self.story.tell(
            f"Of {expected} payment events a subscriber in Python received {s.events_received_by_subscriber}; one in "
            f"Node.js, added this morning with its own user and queue, {s.events_received_by_node_subscriber}; and "
            f"{s.webhooks_delivered} came to a webhook."
        )


def failures(summary: Summary) -> list[str]:
    """What does not add up; empty when all is well."""
    outcomes = summary.claims_approved + summary.claims_reduced + summary.claims_denied + summary.claims_pended
    checks = {
        "every submission is a claim or a repetition": summary.claims_submitted
        == summary.claims_accepted + summary.duplicates_collapsed,
        "every claim is decided": outcomes == summary.claims_accepted,
        "a provider, an agreement, a delegation and a recovery came through": (
            summary.providers_registered,
            summary.agreements_signed,
            summary.delegations_approved,
            summary.recoveries,
        )
        == (1, 1, 1, 1),
        "something was paid": summary.payments > 0 and summary.amount_paid_cents > 0,
        "the ledger sums to zero": summary.ledger_sum_cents == 0,
        "nothing was given up": summary.dead_letters == 0,
        "everybody got their mails": summary.mails_sent == summary.mails_expected(),
        "a claim was corrected, one voided, two reviewed, one estimated": (
            summary.claims_corrected,
            summary.claims_voided,
            summary.claims_reviewed,
            summary.predeterminations,
        )
        == (1, 1, 2, 1),
        "two insurers together paid no more than the bill": 0
        < summary.paid_after_other_insurer_cents
        <= FILLING_CENTS - OTHERS_PAID_CENTS,
        "drugs were loaded and receipts uploaded": summary.drugs_loaded > 0 and summary.receipts_uploaded > 0,
        "every row of the batch was taken or refused": summary.batch_accepted + summary.batch_refused == BATCH
        and summary.batch_refused == len(wrong_rows(BATCH)),
        "every accepted claim of the batch is decided": summary.provider_claims_decided == summary.batch_accepted,
        "the dentist was paid": summary.provider_payments == 1 and summary.amount_paid_to_providers_cents > 0,
        "the subscribers missed nothing": summary.events_received_by_subscriber
        == summary.events_received_by_node_subscriber
        == summary.webhooks_delivered
        == summary.events_expected(),
        "three deposits came back, one was paid anew": (summary.returns, summary.reissued) == (RETURNS, 1),
        "claims, batches, file lines and the bank agree to the cent": (
            summary.reconciliation_difference_cents,
            summary.reconciliation_differences,
        )
        == (0, 0),
    }
    return [what for what, holds in checks.items() if not holds]


def _short(path: Path) -> str:
    return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else str(path)


def main(
    members: Annotated[int, typer.Option(help="How many members register.")] = 60,
    claims: Annotated[int, typer.Option(help="How many claims they submit.")] = 500,
    folder: Annotated[Path, typer.Option(help="Where the summary and the deposit file go.")] = FOLDER,
) -> None:
    """A day of Acquit on this machine."""
    story = Story()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    story.chapter("Starting")
    waits = json.dumps({"hygienist": OPENING_SECONDS})
    stack = Stack(folder / "run", settings={"identity": {"ACQUIT_PATH_WAIT_SECONDS": waits}})
    begun = time.monotonic()
    try:
        with termination_as_interrupt():
            with story.console.status("starting RabbitMQ, MongoDB, a mail server and six services"):
                stack.start()
            story.tell(f"RabbitMQ, MongoDB, mail and {len(stack.services)} services are up: {stack.base_url}")
            demo = Demo(stack, story, folder, members=members, claims=claims)
            demo.started = begun
            summary = asyncio.run(demo.run())
    finally:
        with story.console.status("stopping everything"):
            stack.stop()
    summary.write(folder / "summary.json")
    wrong = failures(summary)
    story.chapter("Done" if not wrong else "Not all well")
    for what in wrong:
        story.tell(f"[red]not true: {what}[/]")
    story.table(summary.figures())
    story.tell(f"{summary.mails_sent} mails, {summary.seconds:.0f} seconds. Figures: {_short(folder / 'summary.json')}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    typer.run(main)
