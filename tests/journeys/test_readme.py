"""The walk-through of the README, run as a newcomer would type it."""

import asyncio
import os
import re
import secrets
import subprocess
from uuid import uuid4

import httpx
import pytest

from deploy.demo.client import Person, client
from deploy.demo.people import load_roster
from deploy.local.agents import add_agent
from deploy.local.environment import PROJECT
from deploy.local.stack import Stack
from deploy.sample.members import active_members

BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)


async def signed_in_agent(stack: Stack, http: httpx.AsyncClient) -> Person:
    """An agent with an authenticator app."""
    email = f"agent-{uuid4().hex[:8]}@example.org"
    password = await asyncio.to_thread(add_agent, stack, email, name="Agent", language="en")
    agent = Person(http, stack.servers.mailbox(), email, password)
    await agent.sign_in()
    await agent.set_up_app()
    return agent


def secret_of(agent: Person) -> str:
    assert agent.app is not None
    return agent.app.secret


@pytest.mark.req("REG-1", "REG-3", "REG-10", "REG-16", "DEL-4", "LOG-1", "PAY-1", "PAY-3", "PAY-8")
@pytest.mark.timeout(300)
@pytest.mark.req("CLM-1", "CLM-5", "CLM-7", "CLM-8", "CLM-13", "COV-1", "COV-2")
async def test_the_walk_through_works_as_it_is_printed(running: Stack) -> None:
    async with client(running.base_url) as http:
        agent, approving = [await signed_in_agent(running, http) for _ in range(2)]
        await load_roster(agent)
    member, second = [member for member in active_members()[5:] if member.contract_number == "10417"][:2]
    script = "set -euo pipefail\n" + "\n".join(BLOCK.findall((PROJECT / "README.md").read_text(encoding="utf-8")))
    environment = {
        **os.environ,
        "ACQUIT": running.base_url,
        "MAIL": str(running.servers.maildir),
        "CERTIFICATE": member.certificate_number,
        "BIRTH_DATE": member.birth_date.isoformat(),
        "EMAIL": f"reader-{uuid4().hex[:8]}@example.org",
        "KEY": uuid4().hex,
        "CERTIFICATE_2": second.certificate_number,
        "BIRTH_DATE_2": second.birth_date.isoformat(),
        "EMAIL_2": f"second-{uuid4().hex[:8]}@example.org",
        "USER_CODE": f"lecteur{uuid4().hex[:8]}",
        "DENTIST": f"0{secrets.randbelow(10**8):08d}",
        "DENTIST_EMAIL": f"dentist-{uuid4().hex[:8]}@example.org",
        "DELEGATE_EMAIL": f"delegate-{uuid4().hex[:8]}@example.org",
        "HYGIENIST": f"{secrets.randbelow(10**6):06d}",
        "HYGIENIST_EMAIL": f"hygienist-{uuid4().hex[:8]}@example.org",
        "HYGIENIST_NAME": f"zoe{uuid4().hex[:8]}",
        "CLAIMS_URL": running.mongodb_url("claims"),
        "AGENT": agent.email,
        "AGENT_PASSWORD": agent.password,
        "AGENT_TOTP": secret_of(agent),
        "AGENT_2": approving.email,
        "AGENT_2_PASSWORD": approving.password,
        "AGENT_2_TOTP": secret_of(approving),
    }
    done = await asyncio.to_thread(
        subprocess.run,
        ["bash", "-c", script],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    for expected in (
        '"account_ending":"567"',
        '"claim_number"',
        '"explanation"',
        '"batch_number"',
        '"sum_cents":0',
        '"state":"approved"',
        '"state":"prepared"',
        '"opens_at":"',
        '"covered":"yes"',
        "Ligne 1 (Médicament sur ordonnance, ",
        "allowed.drug_fee",
        '"resourceType":"ExplanationOfBenefit"',
        f'"user_name":"{environment["USER_CODE"]}"',
    ):
        assert expected in done.stdout, f"{expected} is missing in:\n{done.stdout[-4000:]}"
