"""OneAuth's account files: one JSON object an account, of which the names of the properties alone are kept.

``%LOCALAPPDATA%\\Microsoft\\OneAuth\\accounts\\<id>`` (shortened, invented)::

    {
      "id": "0f1e2d3c4b5a6978",
      "display_name": "Alice",
      "associations": {"com.microsoft.Office": "…"}
    }

The store is Microsoft's, for its own accounts and Entra's; whether anything of Google's ever lies in it is not known.
That files are there and what they are made of is all that a diagnosis may say; whom they name concerns nobody. Our
collector does not take them.

Source: github.com/jpmessaging/OutlookTrace reads these files as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from analyzer.model import Covered, Damage, Identified
from analyzer.tables import Batch, Fact, batches

if TYPE_CHECKING:
    from analyzer.bundle import Artifact

_MAX_BYTES = 1 << 20
_MOST_NAMES = 200


def read(artifact: Artifact) -> Iterator[Batch | Damage | Covered | Identified]:
    """One fact a property, without its value; damage where the file is no such object."""
    with artifact.open() as stream:
        content = stream.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        yield Damage("", f"larger than {_MAX_BYTES >> 20} MiB: not read")
        return
    try:
        account = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        account = None
    if not isinstance(account, dict):
        yield Damage("", "no JSON object in it")
        return
    # JSON may escape half of a character, which is no text
    names = (f"one_auth.{name[:100]}".encode("utf-8", "replace").decode() for name in list(account)[:_MOST_NAMES])
    yield from batches("facts", (Fact("account", name) for name in names))
