"""``make load``: the locust journeys, headless and bounded, against a system started with ``make up``."""

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from loadtests.config import LoadConfig


def main() -> int:
    """Exit status of locust: 1 when requests failed."""
    config = LoadConfig.from_environment()
    try:
        urllib.request.urlopen(f"{config.base_url}/.well-known/jwks.json", timeout=3).close()  # noqa: S310
    except (OSError, urllib.error.URLError):
        print(f"nothing answers at {config.base_url}; start it with `make up`", file=sys.stderr)
        return 1
    argv = [
        str(Path(sys.executable).parent / "locust"),
        *("--locustfile", str(Path(__file__).with_name("locustfile.py"))),
        *("--headless", "--only-summary", "--host", config.base_url),
        *("--users", str(config.users), "--spawn-rate", str(config.spawn_per_second)),
        *("--run-time", f"{config.seconds}s", "--stop-timeout", "10"),
    ]
    return subprocess.run(argv, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
