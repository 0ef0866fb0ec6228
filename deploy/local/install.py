"""Install what the local servers need and this machine lacks: RabbitMQ, unless it runs elsewhere or in a container."""

import os
import shutil
from pathlib import Path

from deploy.local.debian import install_rabbitmq
from deploy.local.servers import RABBITMQ_URL


def main() -> None:
    """Nothing to do where a server is found."""
    found = shutil.which("rabbitmq-server") or Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists()
    if not found and RABBITMQ_URL not in os.environ:
        install_rabbitmq()


if __name__ == "__main__":
    main()
