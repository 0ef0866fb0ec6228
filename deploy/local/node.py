"""Programs in JavaScript: their packages are installed once for each `package-lock.json`, outside the sources."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from deploy.local.debian import MissingProgramError
from deploy.local.environment import PROJECT

CACHE: Final = PROJECT / ".local" / "node"
INSTALL_SECONDS: Final = 120.0
# Reproducible and quiet, and no package runs a script of its own.
_INSTALL: Final = ("ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


def node() -> str:
    """The program that runs JavaScript.

    Raises:
        MissingProgramError: Node.js is not installed; `make setup` does that.
    """
    return _program("node")


def installed(source: Path, *, cache: Path = CACHE) -> Path:
    """A copy of the package in ``source`` with what its lock file names; made again only when the lock file changes.

    Raises:
        MissingProgramError: npm is not there, or could not install the packages.
    """
    digest = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()[:16]
    target = cache / f"{source.name}-{digest}"
    target.mkdir(parents=True, exist_ok=True)
    with (cache / f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for file in source.iterdir():
            if file.is_file():
                _copy(file, target / file.name)
        done = target / ".installed"
        if not done.exists():
            _install(target)
            done.touch()
    return target


def _copy(source: Path, target: Path) -> None:
    """Whole or not at all: another process may be starting the program."""
    if target.exists() and target.read_bytes() == source.read_bytes():
        return
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, partial)
    partial.replace(target)


def _install(folder: Path) -> None:
    done = subprocess.run(
        [_program("npm"), *_INSTALL],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=INSTALL_SECONDS,
    )
    if done.returncode != 0:
        raise MissingProgramError(f"npm ci in {folder} failed:\n{done.stdout[-2000:]}")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise MissingProgramError(f"{name} is not on the PATH; `make setup` installs Node.js where it can")
    return found
