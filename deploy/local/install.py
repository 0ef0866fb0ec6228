"""Install what the local servers, the services and the examples need and this machine lacks.

RabbitMQ, unless it runs elsewhere or in a container; the libraries and a font for PDF; Node.js for an example.
"""

import os
import shutil
import sys
from ctypes.util import find_library
from pathlib import Path

from deploy.local.debian import install_node, install_pdf_libraries, install_rabbitmq
from deploy.local.servers import RABBITMQ_URL

PDF_LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
FONTS = Path("/usr/share/fonts")


def pdf_can_be_rendered() -> bool:
    """Whether the libraries are found, and a font: elsewhere than on Linux fonts come with the system."""
    has_font = sys.platform != "linux" or any(FONTS.rglob("*.[to]tf"))
    return has_font and all(find_library(name) for name in PDF_LIBRARIES)


def main() -> None:
    """Nothing to do where they are found."""
    found = shutil.which("rabbitmq-server") or Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists()
    if not found and RABBITMQ_URL not in os.environ:
        install_rabbitmq()
    if not pdf_can_be_rendered():
        install_pdf_libraries()
    if not (shutil.which("node") and shutil.which("npm")):
        install_node()


if __name__ == "__main__":
    main()
