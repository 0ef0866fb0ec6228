"""``python -m deploy.local up|down``: everything on this machine, staying until it is told to stop."""

import asyncio
import os
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

import httpx
import typer
from rich.console import Console
from rich.table import Table

from deploy.demo.client import AuthenticatorApp, Person, client
from deploy.demo.people import AGENT, SECOND_AGENT, load_roster
from deploy.local.agents import add_agent
from deploy.local.processes import EventKind, ProcessEvent
from deploy.local.servers import DEFAULT_ROOT
from deploy.local.stack import Stack
from deploy.local.supervisor import termination_as_interrupt
from deploy.local.waiting import wait_until
from deploy.sample.members import active_members

ROOT: Final = DEFAULT_ROOT / "up"
PID_FILE: Final = ROOT / "launcher.pid"
AGENT_FILE: Final = ROOT / "agent.txt"
APP_FILE: Final = ROOT / "agent.totp"
"""The secret of the sample agent's authenticator app: nobody here has a telephone to scan it with."""
SECOND_AGENT_FILE: Final = ROOT / "second-agent.txt"
SECOND_APP_FILE: Final = ROOT / "second-agent.totp"
"""The same of a second agent, who approves what the first one prepares."""
CLAIMS_URL_FILE: Final = ROOT / "claims.mongodb"
"""The database of claims, for ``python -m services.claims``; ports change with every start."""
SHOWN_MEMBERS: Final = 3
HTTP_PORT: Final = 8080

cli = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_show_locals=False)


@cli.command()
def up(port: Annotated[int, typer.Option(help="Port of the HTTP API.")] = HTTP_PORT) -> None:
    """Start everything and stay."""
    console = Console(highlight=False, soft_wrap=True)
    ROOT.mkdir(parents=True, exist_ok=True)

    def on_event(event: ProcessEvent) -> None:
        if event.kind in {EventKind.DIED, EventKind.RESTARTED}:
            console.print(f"  {event.name} {event.kind.value} (log: {ROOT}/logs/{event.name}.log)")

    stack = Stack(ROOT, http_port=port, on_event=on_event)
    with suppress(KeyboardInterrupt), termination_as_interrupt():
        try:
            with console.status("starting RabbitMQ, MongoDB, a mail server and six services"):
                stack.start()
                password = _sample_agent(stack, AGENT, "Camille Tremblay", AGENT_FILE)
                second = _sample_agent(stack, SECOND_AGENT, "Paul Roy", SECOND_AGENT_FILE)
                _keep(CLAIMS_URL_FILE, stack.mongodb_url("claims"))
                asyncio.run(_sample_roster(stack, password))
                asyncio.run(_second_app(stack, second))
            PID_FILE.write_text(str(os.getpid()), encoding="ascii")
            _tell(console, stack, password)
            threading.Event().wait()
        finally:
            PID_FILE.unlink(missing_ok=True)
            with console.status("stopping everything"):
                stack.stop()


@cli.command()
def down() -> None:
    """Stop what ``up`` started."""
    if not PID_FILE.exists():
        typer.echo("nothing is running")
        return
    pid = int(PID_FILE.read_text(encoding="ascii"))
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not PID_FILE.exists(), "the launcher has stopped", timeout_s=60)
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the launcher has ended", timeout_s=60)
    typer.echo("stopped")


def _sample_agent(stack: Stack, email: str, name: str, kept: Path) -> str:
    """Password of a sample agent, who is added at the first start and found again later."""
    if not kept.exists():
        _keep(kept, add_agent(stack, email, name=name, language="en"))
    return kept.read_text(encoding="utf-8")


def _keep(path: Path, secret: str) -> None:
    path.touch(mode=0o600)
    path.write_text(secret, encoding="utf-8")


async def _sample_roster(stack: Stack, password: str) -> None:
    async with client(stack.base_url) as http:
        agent = Person(http, stack.servers.mailbox(), AGENT, password, language="en")
        await _with_app(agent, APP_FILE)
        with suppress(httpx.HTTPStatusError):
            await load_roster(agent)


async def _second_app(stack: Stack, password: str) -> None:
    async with client(stack.base_url) as http:
        await _with_app(Person(http, stack.servers.mailbox(), SECOND_AGENT, password, language="en"), SECOND_APP_FILE)


async def _with_app(agent: Person, kept: Path) -> None:
    """Sign in, at the first start without an app, and then set one up."""
    agent.app = _app_found_again(kept)
    await agent.sign_in()
    if agent.app is None:
        _keep(kept, (await agent.set_up_app()).secret)


def _app_found_again(kept: Path) -> AuthenticatorApp | None:
    return AuthenticatorApp.found_again(kept.read_text(encoding="utf-8")) if kept.exists() else None


def _tell(console: Console, stack: Stack, password: str) -> None:
    console.print(f"\n[bold]Acquit is up[/] at [cyan]{stack.base_url}[/] (API: {stack.base_url}/docs)")
    table = Table(title="Members who can register", title_justify="left")
    for column in ("contract", "certificate", "birth date", "e-mail to use"):
        table.add_column(column)
    for member in active_members()[:SHOWN_MEMBERS]:
        table.add_row(member.contract_number, member.certificate_number, member.birth_date.isoformat(), member.email)
    console.print(table)
    console.print(f"Agent:     {AGENT} / {password}; secret of the authenticator app: {APP_FILE}")
    console.print(f"Second:    {SECOND_AGENT}, who approves payment runs; password: {SECOND_AGENT_FILE}")
    console.print(f"Decisions: python -m services.claims explain CLAIM --mongodb-url $(cat {CLAIMS_URL_FILE})")
    console.print(f"Mails:     {stack.servers.maildir}/new (newest: ls -t)")
    console.print(f"Bank:      {stack.folders.root}/bank")
    console.print(f"Logs:      {stack.root}/logs")
    console.print("Stop with Ctrl-C, or `make down` from elsewhere.")


if __name__ == "__main__":
    cli()
