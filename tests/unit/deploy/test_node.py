"""Packages of programs in JavaScript, without npm."""

import os
import shutil
from pathlib import Path

import pytest

from deploy.local import install, node
from deploy.local.debian import MissingProgramError

COUNTING_NPM = '#!/bin/sh\necho "$@" >> runs\nmkdir -p node_modules\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "example"
    folder.mkdir()
    (folder / "package-lock.json").write_text("{}")
    (folder / "main.mjs").write_text("first")
    return folder


def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "npm").write_text(script)
    (programs / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


class TestInstalled:
    def test_packages_are_installed_once_and_sources_are_followed(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        npm(tmp_path, monkeypatch, COUNTING_NPM)

        first = node.installed(source, cache=tmp_path / "cache")
        (source / "main.mjs").write_text("second")
        again = node.installed(source, cache=tmp_path / "cache")

        assert again == first
        assert (again / "main.mjs").read_text() == "second"
        (run,) = (first / "runs").read_text().splitlines()
        assert run.startswith("ci ")
        assert "--ignore-scripts" in run
        assert not (source / "node_modules").exists()

    def test_another_lock_file_is_another_installation(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        npm(tmp_path, monkeypatch, COUNTING_NPM)
        first = node.installed(source, cache=tmp_path / "cache")
        (source / "package-lock.json").write_text('{"lockfileVersion": 3}')

        assert node.installed(source, cache=tmp_path / "cache") != first

    def test_what_failed_is_told_and_tried_again(self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        npm(tmp_path, monkeypatch, "#!/bin/sh\necho no network; exit 1\n")
        for _ in range(2):
            with pytest.raises(MissingProgramError, match="no network"):
                node.installed(source, cache=tmp_path / "cache")


def test_without_node_the_error_tells_what_to_do(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(MissingProgramError, match="make setup"):
        node.node()


@pytest.mark.parametrize(("present", "expected"), [(True, []), (False, ["rabbitmq", "node"])])
def test_setup_installs_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
    present: bool,  # noqa: FBT001
    expected: list[str],
):
    done: list[str] = []
    monkeypatch.delenv("ACQUIT_RABBITMQ_URL", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: name if present else None)
    monkeypatch.setattr(Path, "exists", lambda _path: present)
    monkeypatch.setattr(install, "install_rabbitmq", lambda: done.append("rabbitmq"))
    monkeypatch.setattr(install, "install_node", lambda: done.append("node"))

    install.main()

    assert done == expected
