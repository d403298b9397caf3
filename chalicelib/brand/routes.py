"""The blueprint that every file of the brand's routes adds to."""

from __future__ import annotations

from chalicelib.runtime.http import Api

api = Api(__name__)
