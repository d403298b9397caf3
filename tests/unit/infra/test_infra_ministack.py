"""What the local AWS leaves behind is ended and deleted, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import ministack, processes


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    children: list[subprocess.Popen[str]] = []
    yield children
    for child in children:
        child.kill()
        child.wait()


def test_a_worker_that_outlived_its_local_aws_is_ended_and_its_folder_deleted(
    tmp_path: Path, started: list[subprocess.Popen[str]]
) -> None:
    worker = _started(tmp_path / "tmp" / "ministack-lambda-a" / "_worker.py", started)

    ministack.clear(tmp_path / "tmp")

    assert worker.wait(10) < 0
    assert list(tmp_path.iterdir()) == []


def test_the_workers_of_another_stack_and_other_programs_live_on(
    tmp_path: Path, started: list[subprocess.Popen[str]]
) -> None:
    another = _started(tmp_path / "tmp-of-another" / "ministack-lambda-a" / "_worker.py", started)
    editor = _started(tmp_path / "tmp" / "somebody.py", started)

    ministack.clear(tmp_path / "tmp")

    assert processes.is_running(another.pid)
    assert processes.is_running(editor.pid)


def test_what_an_interrupted_end_did_not_delete_is_deleted_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "tmp.discarded-1" / "ministack-lambda-a").mkdir(parents=True)

    ministack.clear(tmp_path / "tmp")

    assert list(tmp_path.iterdir()) == []


def test_where_nothing_was_left_nothing_is_done(tmp_path: Path) -> None:
    ministack.clear(tmp_path / "tmp")

    assert not (tmp_path / "tmp").exists()


def _started(script: Path, started: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("import time; print('up', flush=True); time.sleep(60)")
    child = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    started.append(child)
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    return child
