"""Jinja2 templates, each put together with its parents and parts when it is loaded.

Jinja2 looks up what `{% extends %}` and `{% include %}` name at every rendering, which doubled what a scan page costs.
Here they name files by constants, so that they can be replaced once. Not supported: `super()`, `self.block()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import cast

from jinja2 import Environment, FileSystemLoader, Template, nodes
from jinja2.visitor import NodeTransformer

Blocks = Mapping[str, nodes.Block]


def load(root: Path, name: str, style: str) -> Template:
    """Load a template by its place under `root`, its `{{ style }}` given; TemplateNotFound also for what it names."""
    environment = environment_of(root)
    joined = _StyleGiven(style).visit(nodes.Template(_body(environment, name, {}), lineno=1))
    joined.set_environment(environment)
    code = environment.compile(joined, name, str(root / name))
    return Template.from_code(environment, code, environment.make_globals(None))


@lru_cache
def environment_of(root: Path) -> Environment:
    """Make what templates under `root` have in common: every fact is escaped, a block's own line leaves none."""
    return Environment(loader=FileSystemLoader(root), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _body(environment: Environment, name: str, blocks: Blocks) -> list[nodes.Node]:
    """What a template does; `blocks` of its children come in place of its own."""
    tree = _parse(environment, name)
    blocks = {**{block.name: block for block in tree.find_all(nodes.Block)}, **blocks}
    place = next((place for place, node in enumerate(tree.body) if isinstance(node, nodes.Extends)), None)
    if place is None:
        return [cast(nodes.Node, _Joined(environment, blocks).visit(node)) for node in tree.body]
    parent = cast(nodes.Extends, tree.body[place]).template
    defined = [node for node in tree.body[place + 1 :] if not isinstance(node, nodes.Output | nodes.Block)]
    return [*tree.body[:place], *defined, *_body(environment, _named(parent), blocks)]


class _Joined(NodeTransformer):
    """Puts blocks and included files where they are named."""

    def __init__(self, environment: Environment, blocks: Blocks) -> None:
        self._environment = environment
        self._blocks = blocks

    def visit_Block(self, node: nodes.Block) -> nodes.Node:
        body = self._blocks[node.name].body
        return nodes.Scope([self.visit(inner) for inner in body], lineno=node.lineno)

    def visit_Include(self, node: nodes.Include) -> nodes.Node:
        return nodes.Scope(_body(self._environment, _named(node.template), {}), lineno=node.lineno)


class _StyleGiven(NodeTransformer):
    def __init__(self, style: str) -> None:
        self._style = style

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        return nodes.TemplateData(self._style) if node.name == "style" else node


def _parse(environment: Environment, name: str) -> nodes.Template:
    assert environment.loader is not None
    source, path, _ = environment.loader.get_source(environment, name)
    return environment.parse(source, name, path)


def _named(template: nodes.Expr) -> str:
    return str(template.as_const())
