"""The sections about the machine itself."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from collectors.live.options import Options
from collectors.windows import Windows


def host(windows: Windows, _options: Options) -> dict[str, Any]:
    """Who looked, at which machine, in which zone."""
    identity = windows.identity()
    machine = windows.machine()
    return {
        "name": machine.name,
        "user": identity.name,
        "sid": identity.sid,
        "elevated": identity.elevated,
        "console_user_sid": identity.console_sid,
        "os_build": machine.os_build,
        "ui_locale": machine.ui_locale,
        "time_zone": machine.time_zone,
        "utc_bias_minutes": machine.utc_bias_minutes,
        "daylight": asdict(machine.daylight) if machine.daylight else None,
    }
