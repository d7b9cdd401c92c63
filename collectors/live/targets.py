"""The hosts that probes go to: Google's that the sign-in and the mail need, and one that is no Google's.

Source: Microsoft's and Google's lists of hosts for signing in to Gmail with OAuth; www.msftconnecttest.com is what
Windows itself asks to see whether it reaches the Internet.
"""

from __future__ import annotations

from dataclasses import dataclass

PLAIN = 80
"""The port that speaks no TLS."""


@dataclass(frozen=True, slots=True)
class Target:
    """``web`` says that a proxy is asked for it: IMAP and SMTP never go through one."""

    host: str
    port: int
    role: str = "google"
    web: bool = True

    @property
    def url(self) -> str:
        """What a proxy's settings are asked about."""
        return f"{'http' if self.port == PLAIN else 'https'}://{self.host}/"


TARGETS = (
    Target("accounts.google.com", 443),
    Target("oauth2.googleapis.com", 443),
    Target("www.googleapis.com", 443),
    Target("apis.google.com", 443),
    Target("ssl.gstatic.com", 443),
    Target("imap.gmail.com", 993, web=False),
    Target("smtp.gmail.com", 465, web=False),
    Target("www.msftconnecttest.com", PLAIN, "control"),
    Target("www.msftconnecttest.com", 443, "control"),
)
GOOGLE_URL = "https://accounts.google.com/"
