"""What every table's rows are declared with."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection.table import TableConnection
from pynamodb.models import Model

from chalicelib.runtime.aws import client
from chalicelib.runtime.settings import settings


class TableName:
    """The physical name of an area's table, asked for when it is used: `<stack>-<area>`."""

    def __init__(self, area: str) -> None:
        self.area = area

    def __get__(self, instance: object, owner: type | None = None) -> str:
        return f"{settings().stack}-{self.area}"


class Row(Model):
    """Base of every item: each area has one table, keyed by `pk` and `sk`, each entity its own model.

    A concrete model declares `class Meta: table_name = TableName("<area>")` and says in its docstring
    how pk and sk are made. Models of one table share it; indexes may stand on any of them.
    """

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        connection = super()._get_connection()
        connection.connection._client = client("dynamodb")
        return connection
