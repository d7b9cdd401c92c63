"""Redaction: the diagnosis is made first, then every name in what was derived from it gives way to a token.

The verdicts are therefore the same with and without. A token tells the kind and stays the same within a case:
``user-1``, ``account-2@gmail.com``, ``host-3``, ``ip-private-1``. Names of Google, Microsoft and public mail providers
stay, because a diagnosis speaks of them; an organisation's own domain does not.

What is known to be a name is collected from the tables (`originals`); what looks like an address, an IP address, a SID
or a host of a private domain is recognised wherever it stands (`redactor`). A person whom nobody's name column knows
(in the text of an alert, say) is not recognised. The tables themselves are not redacted: they stay out.
"""

from __future__ import annotations

from analyzer.redact.originals import Kind, Originals, originals
from analyzer.redact.redactor import Redactor
from analyzer.redact.scan import readable

__all__ = ["Kind", "Originals", "Redactor", "originals", "readable"]
