"""The walk-through of the README, run as a newcomer would type it."""

import asyncio
import os
import re
import subprocess
from uuid import uuid4

import pytest

from deploy.demo.client import Person, client
from deploy.demo.people import load_roster
from deploy.local.agents import add_agent
from deploy.local.environment import PROJECT
from deploy.local.stack import Stack
from deploy.sample.members import active_members

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.req("REG-1", "LOG-1", "CLM-7", "PAY-1", "PAY-3")
async def test_the_walk_through_works_as_it_is_printed(running: Stack) -> None:
    email = f"agent-{uuid4().hex[:8]}@example.org"
    password = await asyncio.to_thread(add_agent, running, email, name="Agent", language="en")
    async with client(running.base_url) as http:
        agent = Person(http, running.servers.mailbox(), email, password)
        await agent.sign_in()
        app = await agent.set_up_app()
        await load_roster(agent)
    member = next(member for member in active_members()[5:] if member.contract_number == "10417")
    script = "set -euo pipefail\n" + "\n".join(BLOCK.findall((PROJECT / "README.md").read_text(encoding="utf-8")))
    environment = {
        **os.environ,
        "ACQUIT": running.base_url,
        "MAIL": str(running.servers.maildir),
        "CERTIFICATE": member.certificate_number,
        "BIRTH_DATE": member.birth_date.isoformat(),
        "EMAIL": f"reader-{uuid4().hex[:8]}@example.org",
        "KEY": uuid4().hex,
        "AGENT": email,
        "AGENT_PASSWORD": password,
        "AGENT_TOTP": app.secret,
    }
    done = await asyncio.to_thread(
        subprocess.run, ["bash", "-c", script], cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for expected in ('"account_ending":"567"', '"claim_number"', '"explanation"', '"batch_number"', '"sum_cents":0'):
        assert expected in done.stdout, f"{expected} is missing in:\n{done.stdout[-4000:]}"
