from __future__ import annotations

import re

from analyzer import shelf
from tests.contracts.tree import PRODUCT, ROOT, files, imported, module_name, project


def layers() -> list[str]:
    """Every module that the layers contract names, brackets of those not built yet taken off."""
    contracts = project()["tool"]["importlinter"]["contracts"]
    lines = next(contract["layers"] for contract in contracts if contract["id"] == "layers")
    return [name for line in lines for name in re.findall(r"[\w.]+", line)]


def layer_of(module: str) -> str | None:
    """The layer that a module belongs to; None when it stands in none."""
    return next((layer for layer in layers() if module == layer or module.startswith(f"{layer}.")), None)


def test_every_module_stands_in_a_layer() -> None:
    homeless = [
        name for path in files(*PRODUCT) if (name := module_name(path)) not in PRODUCT and layer_of(name) is None
    ]
    assert homeless == []


def test_the_roots_of_the_packages_stand_in_no_layer_and_so_import_nothing_of_ours() -> None:
    for package in ("analyzer", "reports"):
        ours = {name for name in imported(ROOT / package / "__init__.py") if name.split(".")[0] in PRODUCT}
        assert ours == set(), package


def test_no_layer_is_named_twice() -> None:
    assert sorted(layers()) == sorted(set(layers()))


def test_the_version_of_the_readers_is_made_of_every_layer_that_decides_on_rows() -> None:
    order = layers()
    below = [name for name in order[order.index("analyzer.parsers") :] if name.startswith("analyzer.")]
    known = {f"analyzer.{name.removesuffix('.py')}" for name in shelf.READERS}
    # nouns and the product's own number decide on no row
    assert set(below) - {"analyzer.model", "analyzer.scales", "analyzer.version"} == known
