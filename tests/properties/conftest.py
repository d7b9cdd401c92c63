"""The forged Google root, as in the scenarios: their machines are damaged here."""

from __future__ import annotations

from tests.scenarios.conftest import forged_google_root

__all__ = ["forged_google_root"]
