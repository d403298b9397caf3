"""What goes to AWS: the zip, the handlers in it, the template around them."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.runtime.pages import environment
from infra import policies, resources
from infra.build import ROOT, build, runtime

# As Lambda does: only the artefact on the path, and each handler's module in a process that has imported none of ours.
# The process that they fork from has the libraries already, out of the artefact too: they are most of the time.
IMPORT_EACH_ALONE = """
import importlib, os, sys, traceback
sys.path.insert(0, sys.argv[1])
import chalice, boto3, pynamodb.models, aws_lambda_powertools, cryptography.fernet, requests
assert all(module.__file__.startswith(sys.argv[1]) for module in (chalice, boto3, requests))
failed = 0
for handler in sys.argv[2:]:
    child = os.fork()
    if not child:
        try:
            module, _, function = handler.rpartition(".")
            assert callable(getattr(importlib.import_module(module), function)), handler
            print(handler, flush=True)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    failed += os.waitpid(child, 0)[1] != 0
sys.exit(failed)
"""


@pytest.fixture(scope="module")
def package() -> Path:
    return build()


@pytest.fixture(scope="module")
def template(package: Path) -> dict[str, Any]:
    return json.loads((package / "sam.json").read_text())


@pytest.fixture(scope="module")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lambda")
    with zipfile.ZipFile(package / "deployment.zip") as archive:
        archive.extractall(folder)
    return folder


def test_the_zip_holds_the_code_and_nothing_of_the_workshop(unpacked: Path) -> None:
    names = {path.name for path in unpacked.iterdir()}

    assert {"app.py", "chalicelib", "functions"} <= names
    assert not names & {"tests", "infra", ".local", ".chalice", "pytest", "ministack", "Makefile"}
    ours = {path.name for path in (ROOT / "functions").glob("*.py")}
    assert ours == {path.name for path in (unpacked / "functions").glob("*.py")}


def test_the_zip_holds_every_page_and_style_sheet(unpacked: Path) -> None:
    pages = _pages(ROOT / "chalicelib")

    assert {"codes/pages/scan.html", "codes/pages/product.css", "runtime/http/pages/page.html"} <= pages.keys()
    assert _pages(unpacked / "chalicelib") == pages
    for name in (name for name in pages if name.endswith(".html")):
        assert environment().get_template(name), name


def test_the_zip_holds_what_the_documentation_loads(unpacked: Path) -> None:
    folder = Path("chalicelib", "runtime", "http", "assets")
    held = {path.name: path.read_bytes() for path in (unpacked / folder).iterdir()}

    assert {"swagger-ui-bundle.js.gz", "swagger-ui.css.gz", "LICENSE"} <= held.keys()
    assert held == {path.name: path.read_bytes() for path in (ROOT / folder).iterdir()}


def test_every_handler_imports_from_the_bare_artefact(unpacked: Path, template: dict[str, Any]) -> None:
    handlers = sorted(function["Properties"]["Handler"] for _, function in _functions(template))

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORT_EACH_ALONE, str(unpacked), *handlers],
        capture_output=True,
        text=True,
        check=False,
        env={},
    )

    assert done.returncode == 0, done.stderr[-4_000:]
    assert done.stdout.split() == handlers


def test_a_handler_that_is_not_in_the_artefact_is_seen(unpacked: Path) -> None:
    command = [sys.executable, "-I", "-S", "-c", IMPORT_EACH_ALONE, str(unpacked), "app.nothing", "tests.x", "app.app"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, env={})

    assert done.returncode == 2
    assert "No module named 'tests'" in done.stderr
    assert done.stdout.split() == ["app.app"]


def test_every_function_runs_on_the_python_that_packaged_it(unpacked: Path, template: dict[str, Any]) -> None:
    tag = f"cpython-{sys.version_info.major}{sys.version_info.minor}"

    compiled = {path.name.split(".")[1] for path in unpacked.rglob("*.pyc")}
    extensions = {path.name for path in unpacked.rglob("*.cpython-*.so")}

    assert {function["Properties"]["Runtime"] for _, function in _functions(template)} == {runtime()}
    assert compiled == {tag}
    assert extensions
    assert all(f".{tag}-" in name for name in extensions)


def test_every_configured_function_exists_and_has_a_policy_of_its_own(template: dict[str, Any]) -> None:
    real = {"api_handler", *(source.name for source in resources.event_sources())}
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())

    assert set(config["lambda_functions"]) == real
    assert not policies.lagging(), "infra/grants.py changed without `make policies`"
    assert len(real) == len(list(_functions(template)))


def test_no_policy_names_every_resource_or_every_action() -> None:
    for path in (ROOT / ".chalice" / "policies").glob("*.json"):
        for statement in json.loads(path.read_text())["Statement"]:
            assert "*" not in statement["Resource"], path.name
            assert not any(action.endswith("*") for action in statement["Action"]), path.name


def test_every_queue_reports_partial_failures_and_has_a_dead_letter_queue(template: dict[str, Any]) -> None:
    found = 0
    for name, function in _functions(template):
        for event in function["Properties"].get("Events", {}).values():
            if event["Type"] != "SQS":
                continue
            found += 1
            queue = template["Resources"][f"{name}Queue"]["Properties"]
            assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
            assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [f"{name}Dlq", "Arn"]}
            assert queue["VisibilityTimeout"] >= 6 * function["Properties"]["Timeout"]
            assert f"{name}DlqAlarm" in template["Resources"]
    assert found == len(resources.queue_consumers())


def test_every_stream_has_one_reader_that_bisects_and_never_reports_partially(template: dict[str, Any]) -> None:
    streams: list[str] = []
    for _, function in _functions(template):
        for event in function["Properties"].get("Events", {}).values():
            if event["Type"] == "DynamoDB":
                streams.append(json.dumps(event["Properties"]["Stream"]))
                assert event["Properties"]["BisectBatchOnFunctionError"] is True
                assert "FunctionResponseTypes" not in event["Properties"]

    assert len(streams) == len(set(streams)) == len(resources.stream_consumers())


def test_the_template_has_no_secret_and_no_address_of_this_machine(template: dict[str, Any]) -> None:
    text = json.dumps(template)

    assert "127.0.0.1" not in text
    assert "localhost" not in text
    assert str(ROOT) not in text


def _functions(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            yield name, resource


def _pages(folder: Path) -> dict[str, bytes]:
    """What stands in the `pages/` folders beside the code, by its place."""
    found = [path for path in folder.glob("**/pages/*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
