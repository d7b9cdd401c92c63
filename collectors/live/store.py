"""The names in the Credential Manager of whoever runs: never a secret."""

from __future__ import annotations

from typing import Any

from collectors.instants import written
from collectors.live.options import Options
from collectors.windows import Windows

# Source: Microsoft, wincred.h.
_KINDS = {
    1: "generic",
    2: "domain_password",
    3: "domain_certificate",
    4: "domain_visible_password",
    5: "generic_certificate",
    6: "domain_extended",
}
_PERSISTS = {1: "session", 2: "local_machine", 3: "enterprise"}


def credentials(windows: Windows, _options: Options) -> list[dict[str, Any]]:
    """Each credential by its target, with the length of a secret that stays where it is."""
    sid = windows.identity().sid
    return [
        {
            "user_sid": sid,
            "target": credential.target,
            "type": _KINDS.get(credential.kind, str(credential.kind)),
            "persist": _PERSISTS.get(credential.persist, str(credential.persist)),
            "user_name": credential.user_name,
            "last_written_utc": written(credential.written_utc),
            "blob_bytes": credential.blob_bytes,
        }
        for credential in windows.credentials()
    ]
