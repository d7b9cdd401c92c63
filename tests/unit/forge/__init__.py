"""Tests of the forge, and the readers that its files are proved with."""

from __future__ import annotations
