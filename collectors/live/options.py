"""What the one who collects may choose about live state."""

from __future__ import annotations

from dataclasses import dataclass, field

from collectors.live.wire import Wire
from collectors.windows import Profile


@dataclass(frozen=True, slots=True)
class Options:
    """``network`` False is ``--no-network``: nothing is sent anywhere, not even a name look-up.

    ``person`` is the affected user's profile, None when it is not known; ``account`` is the mail address in question,
    whose domain is looked up. ``section_s`` bounds what one section may take. ``wire`` is how connections are made.
    """

    network: bool = True
    person: Profile | None = None
    account: str | None = None
    section_s: float = 60.0
    wire: Wire = field(default_factory=Wire)
