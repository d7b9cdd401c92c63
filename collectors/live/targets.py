"""The hosts that probes go to: Google's that the sign-in and the mail need, and one that is no Google's.

Source: Microsoft's and Google's lists of hosts for signing in to Gmail with OAuth; www.msftconnecttest.com is what
Windows itself asks to see whether it reaches the Internet.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """``web`` says that a proxy is asked for it: IMAP and SMTP never go through one. Port 80 speaks no TLS."""

    host: str
    port: int
    role: str = "google"
    web: bool = True


TARGETS = (
    Target("accounts.google.com", 443),
    Target("oauth2.googleapis.com", 443),
    Target("www.googleapis.com", 443),
    Target("apis.google.com", 443),
    Target("ssl.gstatic.com", 443),
    Target("imap.gmail.com", 993, web=False),
    Target("smtp.gmail.com", 465, web=False),
    Target("www.msftconnecttest.com", 80, "control"),
    Target("www.msftconnecttest.com", 443, "control"),
)
GOOGLE_URL = "https://accounts.google.com/"
