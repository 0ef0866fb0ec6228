"""Installing RabbitMQ, Node.js and what PDF rendering needs from Debian's packages on a machine that lacks them."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_POLICY = Path("/usr/sbin/policy-rc.d")
_FORBID_STARTING_SERVICES = "#!/bin/sh\nexit 101\n"
PDF_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
"""Text layout, font subsetting and a font for statements as PDF; the image of payments installs the same."""


class MissingProgramError(RuntimeError):
    """A program that is needed is not installed."""


def install_rabbitmq() -> None:
    """Install `rabbitmq-server` with apt, without letting the system's own service start.

    Raises:
        MissingProgramError: There is no apt, no permission, or apt failed.
    """
    _install(
        "rabbitmq-server",
        otherwise="RabbitMQ is not installed. Install it (Debian, Ubuntu: sudo apt-get install rabbitmq-server; "
        "macOS: brew install rabbitmq) or set ACQUIT_RABBITMQ_URL to a server that runs elsewhere.",
    )


def install_node() -> None:
    """Install Node.js and npm with apt; the example of a subscriber in JavaScript is run by tests and demo.

    Raises:
        MissingProgramError: There is no apt, no permission, or apt failed.
    """
    _install(
        "nodejs",
        "npm",
        otherwise="Node.js 18 or later with npm is not installed. Install it (Debian, Ubuntu: sudo apt-get install "
        "nodejs npm; macOS: brew install node).",
    )


def _install(*packages: str, otherwise: str) -> None:
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        raise MissingProgramError(otherwise)
    with _services_kept_from_starting():
        _run(apt, "update")
        _run(apt, "install", "--yes", "--no-install-recommends", *packages)


def install_pdf_libraries() -> None:
    """Install the libraries and the font with which statements become PDF.

    Raises:
        MissingProgramError: There is no apt, no permission, or apt failed.
    """
    _install(
        *PDF_PACKAGES,
        otherwise="Pango, HarfBuzz's subsetter or a font is not installed; statements need them as PDF. Install them "
        f"(Debian, Ubuntu: sudo apt-get install {' '.join(PDF_PACKAGES)}; macOS: brew install pango).",
    )


def _run(*argv: str) -> None:
    done = subprocess.run(
        argv,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise MissingProgramError(f"{' '.join(argv)} failed:\n{done.stdout[-2000:]}")


@contextmanager
def _services_kept_from_starting() -> Iterator[None]:
    """Debian asks this script before a package starts its service; 101 means no."""
    kept = _POLICY.with_name("policy-rc.d.before-acquit")
    had_policy = _POLICY.exists()
    if had_policy:
        _POLICY.rename(kept)
    _POLICY.write_text(_FORBID_STARTING_SERVICES)
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink()
        if had_policy:
            kept.rename(_POLICY)
