"""What holds for all tests."""

import gc

import pytest
import structlog
from hypothesis import settings

settings.register_profile("whole", deadline=None)
settings.load_profile("whole")
settings.register_profile("fast", max_examples=25, deadline=None)
"""For ``make test-fast``: a quarter of the examples. ``make test`` and continuous integration draw all.
No property fails for being slow: on a busy machine that would say nothing of the code."""


def pytest_collectstart(collector: pytest.Collector) -> None:
    """The fixtures of the servers come with the first file: they import much, and with ``-n`` the process that only
    hands tests out would keep its workers waiting for that.
    """
    collector.config.pluginmanager.import_plugin("tests.support.servers")


def pytest_collection_finish() -> None:
    """What has been imported stays to the end: walking through it again and again would find no garbage."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def short_tracebacks() -> None:
    """Defects that tests cause on purpose are logged in plain text: drawing boxes around all locals takes a second."""
    *others, _ = structlog.get_config()["processors"]
    structlog.configure(
        processors=[*others, structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
