"""Where ``--json`` sends its bytes: a file, written whole or not at all, or stdout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from analyzer.model import Refusal


@dataclass(frozen=True, slots=True)
class Sink:
    """A file; or stdout, which then carries nothing else."""

    file: Path | None

    @classmethod
    def named(cls, json_to: str | None) -> Sink | None:
        """The sink of an option's value; None where it was not given.

        Raises ``Refusal`` before a long run where the file cannot be written.
        """
        if json_to is None or json_to == "-":
            return cls(None) if json_to else None
        file = Path(json_to)
        if file.is_dir() or not file.parent.is_dir():
            raise Refusal(f"--json {json_to}: not a file in an existing folder")
        return cls(file)

    def put(self, content: bytes) -> None:
        """Deliver the bytes. Raises ``Refusal`` where the disk does not take them."""
        if self.file is None:
            click.echo(content, nl=False)
            return
        part = self.file.with_name(f"{self.file.name}.part")
        try:
            part.write_bytes(content)
            part.replace(self.file)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise Refusal(f"cannot write {self.file}: {error.strerror or error}") from error
