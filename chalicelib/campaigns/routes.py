"""The area's blueprint: `api` and `admin_api` put their routes on it."""

from __future__ import annotations

from chalicelib.runtime.http import Api

api = Api(__name__)
