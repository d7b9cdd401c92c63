"""Our reading of Windows files against that of others."""

from __future__ import annotations
