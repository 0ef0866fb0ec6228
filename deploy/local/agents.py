"""The first agent of a local installation, added as an operator would: from the command line of identity."""

import secrets
import subprocess
import sys
from pathlib import Path

from deploy.local.environment import PROJECT
from deploy.local.stack import Stack


def add_agent(stack: Stack, email: str, *, name: str, language: str = "fr") -> str:
    """Add an agent and return the password that was made for it.

    Raises:
        RuntimeError: identity refused; the message says why.
    """
    password = f"{secrets.token_urlsafe(15)}-Aa1"
    password_file = Path(stack.secrets.file("agent.password"))
    password_file.touch(mode=0o600)
    password_file.write_text(password, encoding="utf-8")
    argv = [sys.executable, "-m", "services.identity.agents", "add", email, "--name", name, "--language", language]
    try:
        done = subprocess.run(
            [*argv, "--password-file", str(password_file)],
            env=stack.environment("identity"),
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        password_file.unlink()
    if done.returncode != 0:
        raise RuntimeError(f"the agent was not added: {done.stderr.strip()}")
    return password
