"""HTTP on Chalice: typed routes, one shape for every error, and the facts that /openapi.json is made of."""

from chalicelib.runtime.http.routes import (
    JSON,
    SAFE_HEADERS,
    Answer,
    Api,
    Body,
    Listed,
    Listing,
    Own,
    Request,
    Route,
    present,
    read_body,
    read_query,
    refusal,
)

__all__ = [
    "JSON",
    "SAFE_HEADERS",
    "Answer",
    "Api",
    "Body",
    "Listed",
    "Listing",
    "Own",
    "Request",
    "Route",
    "present",
    "read_body",
    "read_query",
    "refusal",
]
