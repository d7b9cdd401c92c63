"""The Windows that this process runs on: every verb of ``collectors.windows``, by ctypes and winreg."""

from __future__ import annotations

from collectors.real.credentials import RunningCredentials
from collectors.real.files import RunningFiles
from collectors.real.network import RunningNetwork
from collectors.real.people import RunningPeople
from collectors.real.processes import RunningProcesses
from collectors.real.security import RunningSecurity
from collectors.real.trust import RunningTrust


class RunningWindows(
    RunningPeople, RunningFiles, RunningCredentials, RunningProcesses, RunningNetwork, RunningTrust, RunningSecurity
):
    """All of them together."""
