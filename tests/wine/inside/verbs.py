"""Run in Wine: call verbs of the running Windows by name and answer what came of each."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

sys.path.insert(0, sys.argv[1])

from collectors import windows
from collectors.windows import NotTaken


def called(here: Any, verb: str, arguments: list[Any]) -> dict[str, str]:
    """``answer`` as Python writes it, or ``outcome`` and ``reason``; a stream's content, an export's text."""
    try:
        if verb == "export_key":
            reg, times = io.BytesIO(), io.BytesIO()
            told = here.export_key(*arguments, reg, times)
            return {
                "answer": reg.getvalue().decode("utf-16"),
                "keys": str(told.keys),
                "times": times.getvalue().decode(),
            }
        if verb.startswith("open_"):
            with getattr(here, verb)(*arguments) as stream:
                return {"answer": stream.read().decode("utf-8", "replace")}
        if verb == "trust":
            arguments = [[bytes.fromhex(data) for data in arguments[0]], arguments[1]]
        return {"answer": repr(getattr(here, verb)(*arguments))}
    except NotTaken as refused:
        return {"outcome": refused.outcome.value, "reason": refused.reason}


def main() -> None:
    """One answer a call, in order."""
    here = windows.running()
    json.dump([called(here, verb, arguments) for verb, *arguments in json.load(sys.stdin)], sys.stdout)


main()
