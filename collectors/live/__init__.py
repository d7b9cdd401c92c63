"""Live state: what only the running system knows, as ``live/state.json`` and the texts beside it.

``take`` makes the document of ``mailscope-state/1``; ``text`` makes the other live members of the catalogue: commands'
outputs, the proxy script, filter drops. Both ask Windows only through ``collectors.windows.Windows``, and use the
network only when ``Options.network`` allows it. No section's failure stops another.
"""

from __future__ import annotations

from collectors.live.options import Options
from collectors.live.state import take
from collectors.live.texts import text

__all__ = ["Options", "take", "text"]
