"""The version of the product, without a look-up of package metadata at start."""

from __future__ import annotations

VERSION = "1.0.0"
