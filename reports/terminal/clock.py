"""Which clock times are shown by. What is stored never changes: it is UTC as the machine's own clock wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from analyzer import measures
from analyzer.measures.clock import clock_error_s
from analyzer.tables import Evidence
from analyzer.zones import Summer

# Below this a corrected time would look more exact than it is.
_NOTICEABLE_S = 1.0


class Mode(StrEnum):
    """The clocks a person can read times by, in the order the key walks through them."""

    UTC = "utc"
    LOCAL = "local"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Clock:
    """What is known of the machine's clock.

    ``bias`` is UTC minus the zone's standard time, None where nothing tells it; ``summer`` its rule of summer time.
    ``error`` is the machine's time minus true time at collection, None where it was not measured or does not matter.
    """

    bias: timedelta | None = None
    summer: Summer | None = None
    error: timedelta | None = None

    @classmethod
    def of(cls, evidence: Evidence) -> Clock:
        """The clock as the evidence tells it."""
        zone = measures.zone(evidence)
        error_s = clock_error_s(evidence)
        return cls(
            bias=zone.bias,
            summer=zone.summer,
            error=None if error_s is None or abs(error_s) < _NOTICEABLE_S else timedelta(seconds=error_s),
        )

    def modes(self) -> tuple[Mode, ...]:
        """The modes that this machine can be read in."""
        known = {Mode.UTC: True, Mode.LOCAL: self.bias is not None, Mode.CORRECTED: self.error is not None}
        return tuple(mode for mode in Mode if known[mode])

    def read(self, at: datetime, mode: Mode) -> datetime:
        """The wall time to show, without a zone: the mode's label says which clock it is."""
        naive = at.replace(tzinfo=None)
        try:
            if mode is Mode.CORRECTED and self.error is not None:
                return naive - self.error
            return self._local(naive) if mode is Mode.LOCAL and self.bias is not None else naive
        except OverflowError:
            return naive

    def _local(self, at: datetime) -> datetime:
        standard = at - (self.bias or timedelta(0))
        if self.summer is None:
            return standard
        light = standard - self.summer.bias
        start, end = self.summer.starts.of_year(standard.year), self.summer.ends.of_year(standard.year)
        inside = start <= standard and light < end if start < end else start <= standard or light < end
        return light if inside else standard
