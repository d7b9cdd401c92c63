"""``python -m analyzer``: the command line, spelled without the installed script."""

from __future__ import annotations

from reports.cli import main

if __name__ == "__main__":
    main()
