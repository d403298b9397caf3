"""What `make second-engine` looks at before it runs anything."""

from __future__ import annotations

import base64
import hashlib
import tarfile
from pathlib import Path

import pytest

from infra import npm
from infra.npm import Missing
from tests import second_engine


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("Property settings:\n    java.specification.version = 17\n    java.version = 17.0.15\n", 17),
        ("    java.specification.version = 1.8\n", 8),
        ("The operation couldn't be completed. Unable to locate a Java Runtime.\n", 0),
    ],
)
def test_java_is_asked_for_its_version(said: str, version: int) -> None:
    assert second_engine.java_version(said) == version


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (None, "there is none"),
        ("echo 'Unable to locate a Java Runtime.' >&2; exit 1", "does not run on"),
        ("echo '    java.specification.version = 11' >&2", r"\(Java 11\)"),
    ],
)
def test_who_has_no_java_that_will_do_reads_what_to_install(
    script: str | None, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if script is not None:
        java = tmp_path / "java"
        java.write_text(f"#!/bin/sh\n{script}\n")
        java.chmod(0o755)

    with pytest.raises(Missing, match=f"{problem}.*Install Java 17"):
        second_engine.find_java()


def test_who_has_no_npm_reads_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Missing, match="Install it"):
        second_engine.fetch()


def test_only_the_known_download_is_unpacked(tmp_path: Path) -> None:
    (tmp_path / "engine.jar").write_text("jar")
    archive = tmp_path / "engine.tgz"
    with tarfile.open(archive, "w:gz") as package:
        package.add(tmp_path / "engine.jar", "package/engine.jar")
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()

    with pytest.raises(Missing, match="not the one siyu knows"):
        npm.unpack(archive, tmp_path, "another")
    assert not (tmp_path / "package").exists()
    npm.unpack(archive, tmp_path, digest)

    assert (tmp_path / "package" / "engine.jar").read_text() == "jar"
