"""A private RabbitMQ node: the machine's `rabbitmq-server` with its own name, ports, directories and users."""

import os
import secrets
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from deploy.local.debian import install_rabbitmq
from deploy.local.files import read_or_create_private, write_private
from deploy.local.ports import LOOPBACK, accepts_connections, free_port
from deploy.local.processes import Command, ManagedProcess
from deploy.local.rabbitmq_definitions import with_administrator
from deploy.local.rabbitmq_handshake import speaks_amqp
from deploy.local.supervisor import Supervisor
from deploy.local.waiting import wait_until

ADMINISTRATOR: Final = "administrator"

# Debian's /usr/sbin/rabbitmq-server changes user and directory; the script behind it does neither.
_DEBIAN_SCRIPTS = Path("/usr/lib/rabbitmq/bin")
# The name is part of the data (directories, queue members), so it must be the same at every start.
_NODE = "acquit@localhost"
_KILLED_WITHIN_S = 10.0
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")


class RabbitMQServer:
    """RabbitMQ with its data under `<root>/rabbitmq`, listening on the loopback interface only.

    There is one administrator with a random password, and whatever the definitions bring; no `guest`.

    Args:
        supervisor: Runs the processes `rabbitmq` and `epmd`.
        definitions: A definitions file (JSON), loaded at every start.
        schedulers: Erlang scheduler threads.
    """

    def __init__(
        self,
        root: Path,
        supervisor: Supervisor,
        *,
        definitions: Path | None = None,
        port: int | None = None,
        schedulers: int = 2,
    ) -> None:
        self.port = free_port() if port is None else port
        self._directory = root.absolute() / "rabbitmq"
        self._supervisor = supervisor
        self._definitions = definitions
        self._schedulers = schedulers
        self._epmd_port = free_port()
        self._distribution_port = free_port()

    @property
    def process(self) -> ManagedProcess:
        return self._supervisor["rabbitmq"]

    @property
    def admin_url(self) -> str:
        return self.amqp_url(ADMINISTRATOR, self._password())

    def amqp_url(self, user: str, password: str, vhost: str = "/") -> str:
        credentials = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"amqp://{credentials}@{LOOPBACK}:{self.port}/{quote(vhost, safe='')}"

    def start(self) -> None:
        """Start the node; `wait_ready` tells when it can be used.

        Raises:
            MissingProgramError: RabbitMQ is not installed and cannot be installed from here.
        """
        script = _script("rabbitmq-server")
        self._write_files()
        self._start_epmd()
        self._supervisor.start(
            "rabbitmq", Command(argv=[script], env=self._environment(), cwd=self._directory, grace_s=20)
        )

    def wait_ready(self, *, timeout_s: float = 120.0) -> None:
        """Wait until clients are served; the definitions have been loaded by then."""
        wait_until(lambda: speaks_amqp(self.port), "RabbitMQ serves clients", timeout_s=timeout_s, process=self.process)

    def stop(self) -> None:
        for name in ("rabbitmq", "epmd"):
            if name in self._supervisor.names():
                self._supervisor[name].stop()

    def kill(self) -> None:
        """End the node as a fault would; `start` brings it back, on the same ports and with the same data."""
        self.process.kill()
        self.process.wait_ended(timeout_s=_KILLED_WITHIN_S)

    @property
    def control_script(self) -> Path:
        """`rabbitmqctl` of this node while it runs: a program for other processes of the same user."""
        return self._directory / "rabbitmqctl"

    def ctl(self, *arguments: str, timeout_s: float = 60.0) -> str:
        """Run `rabbitmqctl` against this node; its output.

        Raises:
            subprocess.CalledProcessError: It failed; `stderr` tells why.
        """
        done = subprocess.run(
            [str(self.control_script), "--quiet", *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )
        return done.stdout

    def import_definitions(self, path: Path) -> None:
        """Load a definitions file into the running node."""
        self.ctl("import_definitions", str(path.absolute()))

    def _password(self) -> str:
        return read_or_create_private(self._directory / "administrator.password", secrets.token_urlsafe(24))

    def _write_files(self) -> None:
        home = self._directory / "home"
        for directory in (home, self._directory / "data", self._directory / "crash"):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        read_or_create_private(home / ".erlang.cookie", secrets.token_hex(20))
        definitions = with_administrator(self._definitions, name=ADMINISTRATOR, password=self._password())
        write_private(self._directory / "definitions.json", definitions)
        (self._directory / "enabled_plugins").write_text("[].\n")
        (self._directory / "rabbitmq.conf").write_text(self._configuration())
        self._write_control_script()

    def _write_control_script(self) -> None:
        environment = [f"{name}={value}" for name, value in self._environment().items()]
        command = ["exec", "env", "-i", *environment, _script("rabbitmqctl"), "--node", _NODE]
        self.control_script.write_text(
            f'#!/bin/sh\ncd {shlex.quote(str(self._directory))}\n{shlex.join(command)} "$@"\n'
        )
        self.control_script.chmod(0o700)

    def _configuration(self) -> str:
        lines = (
            f"listeners.tcp.1 = {LOOPBACK}:{self.port}",
            "num_acceptors.tcp = 2",
            f"load_definitions = {self._directory / 'definitions.json'}",
            "log.console = true",
            "log.console.level = info",
            "log.file = false",
            "disk_free_limit.absolute = 100MB",
        )
        return "\n".join(lines) + "\n"

    def _start_epmd(self) -> None:
        """The Erlang port mapper, in the foreground: started by Erlang itself it would stay behind as a daemon."""
        if "epmd" in self._supervisor.names() and not self._supervisor["epmd"].has_ended:
            return
        argv = ["epmd", "-port", str(self._epmd_port), "-address", LOOPBACK]
        # RabbitMQ replaces a port mapper that it misses by a daemon, even while it stops.
        command = Command(argv=argv, env=self._environment(), grace_s=2, outlives_others=True)
        process = self._supervisor.start("epmd", command)
        wait_until(
            lambda: accepts_connections(self._epmd_port),
            "epmd answers",
            timeout_s=10,
            process=process,
            interval_s=0.005,
        )

    def _environment(self) -> Mapping[str, str]:
        loopback_only = "-kernel inet_dist_use_interface {127,0,0,1}"
        here = self._directory
        return {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            "HOME": str(here / "home"),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_CRASH_DUMP": str(here / "crash" / "erl_crash.dump"),
            "RABBITMQ_NODENAME": _NODE,
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(here / "no-rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(here / "data"),
            "RABBITMQ_LOG_BASE": str(here / "crash"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(here / "rabbitmq.pid"),
            # The script then becomes the Erlang machine instead of waiting for it: our child is the server itself.
            "RABBITMQ_ALLOW_INPUT": "true",
            # The node is named here, so that RabbitMQ does not run a second Erlang machine to look for the port mapper.
            "RABBITMQ_SERVER_START_ARGS": (
                f"-noinput -sname {_NODE} -start_epmd false {loopback_only}"
                f" -kernel inet_dist_listen_min {self._distribution_port}"
                f" -kernel inet_dist_listen_max {self._distribution_port}"
            ),
            # Schedulers are not bound to cores and spin only very shortly before they sleep, because the machine is
            # shared with all services. Without any spinning the start takes twice as long: it loads hundreds of
            # modules, each with several hand-overs between threads.
            "RABBITMQ_SCHEDULER_BIND_TYPE": "u",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"+S {self._schedulers}:{self._schedulers} +sbwt very_short +sbwtdcpu none +sbwtdio short"
            ),
            "RABBITMQ_CTL_ERL_ARGS": f"-start_epmd false {loopback_only}",
        }


def _script(name: str) -> str:
    found = _find_script(name)
    if found is None:
        install_rabbitmq()
        found = _find_script(name)
    if found is None:
        raise FileNotFoundError(f"RabbitMQ's {name} is neither in {_DEBIAN_SCRIPTS} nor on PATH")
    return found


def _find_script(name: str) -> str | None:
    debian = _DEBIAN_SCRIPTS / name
    return str(debian) if debian.exists() else shutil.which(name)
