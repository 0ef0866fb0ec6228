"""The shape of the system, read from its source."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SERVICES = ("edge", "identity", "banking", "claims", "payments", "notification")
FRAMEWORKS = {"faststream", "motor", "fastapi", "jose", "aio_pika", "uvicorn", "starlette"}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Read once: nearly every test here asks for the same files."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def tops(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports_of(path)}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def layer(path: Path) -> str:
    """domain, handlers, storage, routes, …: the first part below the service; ``routes_returns`` belongs to routes."""
    parts = path.relative_to(ROOT).parts
    return parts[2].removesuffix(".py").partition("_")[0] if len(parts) > 2 else ""


@pytest.mark.wide
@pytest.mark.parametrize("service", SERVICES)
def test_no_service_imports_another(service: str) -> None:
    others = tuple(f"services.{other}" for other in SERVICES if other != service)
    for path in sources(f"services/{service}"):
        foreign = {name for name in imports_of(path) if name.startswith(others)}
        assert not foreign, f"{named(path)} imports {foreign}"


@pytest.mark.wide
def test_shared_imports_no_service_and_nothing_of_deployment() -> None:
    for path in sources("shared"):
        assert not tops(path) & {"services", "deploy", "tests", "loadtests"}, named(path)


def test_services_import_nothing_of_deployment_or_tests() -> None:
    for path in sources("services"):
        assert not tops(path) & {"deploy", "tests", "loadtests"}, named(path)


@pytest.mark.parametrize(
    ("package", "home"),
    [("motor", "shared/mongo.py"), ("jose", "shared/tokens.py")],
)
def test_a_driver_is_imported_by_exactly_one_module(package: str, home: str) -> None:
    users = [named(path) for path in sources("shared", "services", "deploy") if package in tops(path)]
    assert users == [home]


def test_fastapi_lives_in_the_edge_and_the_portal_only() -> None:
    users = {path.relative_to(ROOT).parts[1] for path in sources("services", "shared") if "fastapi" in tops(path)}
    assert users <= {"edge", "portal"}


def test_domains_are_pure() -> None:
    for path in sources("services"):
        if layer(path) == "domain":
            forbidden = tops(path) & (FRAMEWORKS | {"pydantic", "pymongo", "bson"})
            assert not forbidden, f"{named(path)} imports {forbidden}"
            assert not {name for name in imports_of(path) if name.startswith("shared.contracts")}, named(path)


def test_handlers_know_no_framework() -> None:
    for path in sources("services"):
        if layer(path) == "handlers":
            forbidden = tops(path) & FRAMEWORKS
            assert not forbidden, f"{named(path)} imports {forbidden}"


ALLOWED = {
    "domain": {"domain"},
    "handlers": {"domain", "handlers", "ports", "gateways"},
    "storage": {"domain", "storage", "ports", "handlers"},
    "routes": {"handlers", "routes", "domain"},
    "settings": set[str](),
}


@pytest.mark.parametrize("service", [service for service in SERVICES if service != "edge"])
def test_dependencies_inside_a_service_point_one_way(service: str) -> None:
    for path in sources(f"services/{service}"):
        here = layer(path)
        if here not in ALLOWED:
            continue
        prefix = f"services.{service}."
        inner = {name.removeprefix(prefix) for name in imports_of(path) if name.startswith(prefix)}
        used = {name.partition(".")[0].partition("_")[0] for name in inner}
        assert used <= ALLOWED[here], f"{named(path)} reaches into {used - ALLOWED[here]}"


def test_nothing_imports_an_app_but_deployment_and_tests() -> None:
    for path in sources("services", "shared"):
        if path.name in {"app.py", "__main__.py"}:
            continue
        assert not {name for name in imports_of(path) if re.fullmatch(r"services\.\w+\.app(\..*)?", name)}, named(path)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_files(service: str) -> None:
    folder = ROOT / "services" / service
    for name in ("app.py", "settings.py", "README.md", "__init__.py"):
        assert (folder / name).exists(), f"{service} lacks {name}"
    for name in ("routes", "storage") if service == "edge" else ("routes", "handlers", "storage"):
        assert (folder / f"{name}.py").exists() or (folder / name).is_dir(), f"{service} lacks {name}"


def test_modules_and_functions_stay_small() -> None:
    for path in sources("services", "shared", "deploy"):
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 350, f"{named(path)} has {text.count(chr(10))} lines"
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= 60, f"{named(path)}:{node.name} has {length} lines"


def test_there_are_no_junk_drawers() -> None:
    junk = {"utils", "util", "common", "helpers", "base", "misc"}
    assert not [named(path) for path in sources("services", "shared", "deploy") if path.stem in junk]


def test_no_naive_clock_and_no_float_money() -> None:
    for path in sources("services", "shared"):
        text = path.read_text(encoding="utf-8")
        assert "utcnow(" not in text, named(path)
        assert "datetime.now()" not in text, named(path)
        assert not re.search(r"\w*cents\w*\s*:\s*float", text), named(path)


def test_no_work_is_left_as_a_note() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX)\b")
    for path in sources("services", "shared", "deploy", "loadtests"):
        assert not marks.search(path.read_text(encoding="utf-8")), named(path)
