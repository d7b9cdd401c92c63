"""The demo bundle that ships with the package is what the forge makes of its scenario, byte for byte."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from fixtures.forge.bundle import build_bundle
from fixtures.forge.scenario import load_scenario

SCENARIO = Path(__file__).parents[2] / "fixtures" / "scenarios" / "field_bundle"


def test_the_packaged_demo_is_the_forged_field_bundle() -> None:
    packaged = resources.files("analyzer").joinpath("demo.zip").read_bytes()
    assert packaged == build_bundle(load_scenario(SCENARIO))
