"""The page of /docs: nothing stands in it that its policy does not let in, and no token on AWS."""

from __future__ import annotations

import gzip
import re
from hashlib import sha256
from pathlib import Path

import pytest

from chalicelib.runtime.http import docs_page
from infra import docs_viewer


@pytest.mark.parametrize("stage", ["test", "prod", "production-cn", "locale", "Local", ""])
def test_only_the_local_stage_has_a_token_in_the_page(stage: str) -> None:
    # No secret is read: there is no Secrets Manager in this test.
    assert "token" not in docs_page.render(stage)


def test_no_script_and_no_style_stands_in_the_page() -> None:
    page = docs_page.render("test")

    assert re.findall(r"<script[^>]*>([^<]*)</script>", page) == ["", ""]
    assert "<style" not in page
    assert not re.search(r"\sstyle=|\son\w+=|javascript:", page)


def test_everything_that_the_page_loads_is_its_own_and_is_there() -> None:
    loaded = re.findall(r'(?:src|href)="(docs/[^"]+)"', docs_page.render("test"))

    assert [name.removeprefix("docs/") for name in loaded] == list(docs_page.assets())
    assert len(loaded) == 4
    assert not re.search(r'(?:src|href)="(?:https?:)?//', docs_page.render("test"))


def test_a_file_has_another_name_when_its_content_is_another() -> None:
    for asset in docs_page.assets().values():
        assert sha256(asset.compressed).hexdigest()[:12] == asset.name.split(".")[-2]


def test_a_caller_gets_a_file_compressed_or_not_as_it_can_read_it() -> None:
    asset = next(asset for name, asset in docs_page.assets().items() if name.startswith("swagger-ui-bundle."))

    small, whole = asset.response("br, gzip"), asset.response("identity")

    assert small.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in whole.headers
    assert gzip.decompress(small.body) == whole.body
    assert len(small.body) < 500_000 < len(whole.body)
    assert small.headers["Vary"] == whole.headers["Vary"] == "Accept-Encoding"
    assert "immutable" in small.headers["Cache-Control"]


def test_the_policy_lets_in_the_apis_own_origin_only() -> None:
    policy = docs_page.HEADERS["Content-Security-Policy"]

    assert policy.startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    )
    assert "unsafe" not in policy


def test_the_viewer_stands_beside_its_licences() -> None:
    held = {path.name for path in docs_viewer.ASSETS.iterdir()}

    assert held == {*(f"{name}.gz" for name in docs_viewer.SERVED), *docs_viewer.LICENCES}
    assert "Apache License" in (docs_viewer.ASSETS / "LICENSE").read_text()


def test_the_same_package_makes_the_same_files(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    for name in (*docs_viewer.SERVED, *docs_viewer.LICENCES):
        (package / name).write_text(f"{name} " * 50)

    for folder in ("one", "two"):
        docs_viewer.write(package, tmp_path / folder)

    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert gzip.decompress(one["swagger-ui.css.gz"]) == (package / "swagger-ui.css").read_bytes()
