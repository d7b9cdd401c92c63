from __future__ import annotations

import subprocess
import sys

from tests.contracts.tree import ROOT, files, imported, module_name

# Run with -I -S: no site-packages, no environment, no current folder. The repository's folder is put last, and only
# the collectors may be found in it.
ALONE = """
import importlib, sys

sys.path.append(sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(name)
print(*sorted({name.split(".")[0] for name in sys.modules} & {"analyzer", "reports"}))
"""


def test_the_collectors_name_nothing_but_the_standard_library() -> None:
    known = set(sys.stdlib_module_names) | {"collectors"}
    foreign = {
        module_name(path): sorted(strange)
        for path in files("collectors")
        if (strange := {name for name in imported(path) if name.split(".")[0] not in known})
    }
    assert foreign == {}


def test_the_collectors_load_in_a_bare_runtime() -> None:
    names = [module_name(path) for path in files("collectors")]
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(ROOT), *names], capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    assert run.stdout.strip() == ""
    assert run.returncode == 0
