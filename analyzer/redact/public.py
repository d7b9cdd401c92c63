"""Names that belong to nobody in particular, and that a diagnosis needs to speak of."""

from __future__ import annotations

# Google, Microsoft, the authorities behind their certificates, and providers where anybody has a mailbox.
PUBLIC_DOMAINS = tuple(
    "google.com gmail.com googlemail.com googleapis.com googleusercontent.com gstatic.com google goog 1e100.net "
    "microsoft.com microsoftonline.com office.com office.net office365.com live.com live.net outlook.com "
    "outlookmobile.com windows.com windows.net windowsupdate.com msftconnecttest.com msftncsi.com msedge.net "
    "digicert.com globalsign.com letsencrypt.org nist.gov ntp.org w3.org github.com mozilla.org "
    "hotmail.com hotmail.fr icloud.com me.com yahoo.com yahoo.fr aol.com gmx.net gmx.de web.de orange.fr free.fr "
    "proton.me protonmail.com".split()
)


def is_public(name: str) -> bool:
    """Whether a host or domain is one of the public ones, or lies below one."""
    lower = name.lower().rstrip(".")
    return any(lower == domain or lower.endswith("." + domain) for domain in PUBLIC_DOMAINS)
