"""Where the local stack keeps its things: everything under `.local/`, which git ignores."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LOCAL = ROOT / ".local"
STACK_FILE = LOCAL / "stack.json"
CHILDREN_FILE = LOCAL / "children.json"
KEYS_FILE = LOCAL / "sandbox" / "keys.json"
SECRETS_FILE = LOCAL / "secrets.json"
FUNCTIONS_LOG = LOCAL / "functions.log"
TEMPORARY = LOCAL / "tmp"
API_ADDRESS_FILE = LOCAL / "api-address"
"""Where the front door finds the API."""
