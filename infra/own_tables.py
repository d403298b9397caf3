"""A contract for import-linter: who reads or writes rows of an area asks the area's services."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.application import contract_utils


class OwnTables(Contract):
    """A module of tables is imported only by modules of the same area, which is a child of the container.

    container: the package whose children are the areas.
    tables: patterns of the names of modules of tables. A package so named is private with all below it.
    shared: areas whose tables everybody may import.
    ignore_imports, unmatched_ignore_imports_alerting: as in import-linter's own contracts.
    """

    type_name = "own_tables"

    container = fields.StringField()
    tables = fields.ListField(subfield=fields.StringField())
    shared = fields.SetField(subfield=fields.StringField(), required=False)
    ignore_imports = fields.SetField(subfield=fields.ImportExpressionField(), required=False)
    unmatched_ignore_imports_alerting = fields.EnumField(
        contract_utils.AlertLevel, default=contract_utils.AlertLevel.ERROR
    )

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002
        """Find the imports of tables from outside their area, each with the lines where it stands."""
        debts: Any = self.ignore_imports
        alerting: Any = self.unmatched_ignore_imports_alerting
        removed = contract_utils.remove_ignored_imports_and_report(graph, debts, alerting)
        found = sorted(self._foreign_imports(graph))
        return ContractCheck(
            kept=not found,
            warnings=list(removed.warnings),
            ignored_import_count=removed.ignored_import_count,
            metadata={"foreign": found},
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print what `check` found."""
        for line in check.metadata["foreign"]:
            output.print_error(f"- {line}", bold=False)
        output.new_line()

    def _foreign_imports(self, graph: ImportGraph) -> Iterator[str]:
        for tables in self._modules_of_tables(graph):
            area = _area_of(tables)
            for importer in graph.find_modules_that_directly_import(tables):
                if _area_of(importer) != area:
                    details = graph.get_import_details(importer=importer, imported=tables)
                    lines = ", ".join(f"l.{detail['line_number']}" for detail in details)
                    yield f"{importer} -> {tables} ({lines})"

    def _modules_of_tables(self, graph: ImportGraph) -> Iterator[str]:
        container: Any = self.container
        shared: Any = self.shared or ()
        for module in graph.find_descendants(container):
            if _area_of(module) not in shared and any(self._is_tables(name) for name in module.split(".")[2:]):
                yield module

    def _is_tables(self, name: str) -> bool:
        patterns: Any = self.tables
        return any(fnmatch(name, pattern) for pattern in patterns)


def _area_of(module: str) -> str:
    return ".".join(module.split(".")[:2])
