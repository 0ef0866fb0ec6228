"""Install what this machine lacks: RabbitMQ, unless it runs elsewhere or in a container, and Node.js for an example."""

import os
import shutil
from pathlib import Path

from deploy.local.debian import install_node, install_rabbitmq
from deploy.local.servers import RABBITMQ_URL


def main() -> None:
    """Nothing to do where they are found."""
    found = shutil.which("rabbitmq-server") or Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists()
    if not found and RABBITMQ_URL not in os.environ:
        install_rabbitmq()
    if not (shutil.which("node") and shutil.which("npm")):
        install_node()


if __name__ == "__main__":
    main()
