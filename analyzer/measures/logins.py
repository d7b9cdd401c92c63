"""Logins that Outlook's transport logs kept: whose each was, when at the earliest, and what Google said to it.

Google's servers answer in English whatever the account's language is, so their words are the surest evidence there is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from analyzer.measures.evidence import Element, Fact, Scene, elements, instant, local_time
from analyzer.tables import Evidence

# Google's own words, and the cause that each names, or what else it says. Source: answers of Google's servers in tests
# and traces of public mail clients, and Microsoft's migration documentation; the STARTTLS line and the two 5.7.9 lines
# about a browser are from memory.
_WORDS = (
    ("imap_disabled", "your account is not enabled for imap use"),
    ("imap_disabled", "imap access is disabled for your domain"),
    ("app_password_required", "application-specific password required"),
    ("app_password_required", "invalidsecondfactor"),
    ("google_risk_block", "log in via your web browser"),
    ("google_risk_block", "log in with your web browser"),
    ("google_risk_block", "web login required"),
    ("google_risk_block", "webloginrequired"),
    ("workspace_policy", "admin_policy_enforced"),
    ("workspace_policy", "access_not_configured"),
    ("server_settings_wrong", "must issue a starttls command"),
    # no cause of its own: it passes by itself
    ("too_many_connections", "too many simultaneous connections"),
    ("too_many_connections", "[limit]"),
)
_BY_ADMIN = "imap access is disabled for your domain"
_BAD_PASSWORD = ("invalid credentials", "username and password not accepted", "badcredentials")
_TOO_MANY = "too many login attempts"
PASSWORD_METHODS = ("login", "plain")
_GOOGLE_SERVER = re.compile(r"(^|\.)(gmail|googlemail|google)\.com$")
_NUMBERS_ONLY = re.compile(r"[\d.]+")
_LONG_AGO = datetime(1601, 1, 1, tzinfo=UTC)


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """Google's answers that no later acceptance took back, and the last acceptance after the failure."""
    spoken: dict[tuple[str | None, str, str, str], Fact] = {}
    accepted: dict[tuple[str | None, str], Fact] = {}
    for login in logins(evidence, scene):
        account, kind = owner(scene, login), protocol(login)
        if not of_google(login):
            continue
        if login.text("answer") == "ok":
            spoken = {key: fact for key, fact in spoken.items() if key[:2] != (account, kind)}
            if after_failure(scene, earliest(scene, login)):
                accepted[account, kind] = _fact(scene, "google_login_accepted", login, kind)
            continue
        for name, value in _meanings(login):
            spoken[account, kind, name, value] = _fact(scene, name, login, value)
    yield from spoken.values()
    yield from accepted.values()


def logins(evidence: Evidence, scene: Scene) -> list[Element]:
    """This person's logins in the order of their time, those without one in the order of their log."""
    mine = [login for login in elements(evidence, "mail_login") if login.user is None or scene.mine(login.user)]
    return sorted(mine, key=lambda login: earliest(scene, login) or _LONG_AGO)


def owner(scene: Scene, login: Element) -> str | None:
    """Whose login it was: as the log spells it, else as the file's name hints, else the only account there is.

    A user name without a domain is the account's whose address begins so: Google takes it for one of its own.
    """
    account = login.text("account").lower()
    if "@" in account:
        return account
    begun = [known for known in scene.accounts if account and known.startswith(f"{account}@")]
    if len(begun) == 1:
        return begun[0]
    hint = login.text("account_hint").lower()
    hinted = [account for account in scene.accounts if hint and re.sub("[@.]", "", account) == hint]
    if hinted or len(scene.accounts) == 1:
        return (hinted or list(scene.accounts))[0]
    return None


def earliest(scene: Scene, login: Element) -> datetime | None:
    """The first instant a login can have been at.

    Where no rule of summer time is known, a local time may lie on the other side of a change, and be an hour off.
    """
    at, local = instant(login, scene.zone, scene.collected), local_time(login)
    if at or local is None or scene.zone.bias is None:
        return at
    return (local + scene.zone.bias).replace(tzinfo=UTC) - timedelta(hours=1)


def latest(scene: Scene, login: Element) -> datetime | None:
    """The last instant a login can have been at."""
    at, local = instant(login, scene.zone, scene.collected), local_time(login)
    return at or (scene.zone.latest(local) if local else None)


def after_failure(scene: Scene, at: datetime | None) -> bool:
    """Whether an acceptance is newer than every failure; a time without a certain zone proves nothing."""
    if not scene.failure.known:
        return True
    return at is not None and all(at > start + (end - start) / 2 for start, end in scene.failure.windows)


def _meanings(login: Element) -> Iterator[tuple[str, str]]:
    """Names and values of what a refusal says."""
    response = login.text("response").lower()
    cause = next((cause for cause, words in _WORDS if words in response), None)
    if cause:
        yield "google_answer", cause
    if _BY_ADMIN in response:
        yield "imap_disabled_by_admin", cause or ""
    if _TOO_MANY in response:
        yield "google_too_many_logins", login.text("method")
    bad = any(words in response for words in _BAD_PASSWORD)
    if bad and cause is None and login.text("method") in PASSWORD_METHODS:
        yield "google_password_refused", login.text("method")


def _fact(scene: Scene, name: str, login: Element, value: str) -> Fact:
    """A time without a certain zone is left out: what is near the failure is then told by either reading of it."""
    hours, at = _hours_before_failure(scene, login), instant(login, scene.zone, scene.collected)
    return Fact(name, (login.source,), owner(scene, login), value, hours, at, login.user)


def _hours_before_failure(scene: Scene, login: Element) -> float:
    """How much older than the first failure a login is; 0 where it is not, or nobody can tell."""
    at = earliest(scene, login)
    if not scene.failure.known or at is None:
        return 0.0
    first = min(start for start, _ in scene.failure.windows)
    return max(0.0, (first - at).total_seconds() / 3600)


def protocol(login: Element) -> str:
    """``imap``, ``smtp``, ``pop``, or empty: by the server's name, else by the log's."""
    server, log = login.text("server").lower(), login.source.artifact.replace("\\", "/").rpartition("/")[2].lower()
    named = next((p for p in ("imap", "smtp", "pop") if server.startswith(p)), "")
    return named or ("imap" if log.startswith("imap-") else "")


def of_google(login: Element) -> bool:
    """Whether Google's server spoke; one that the log does not name, or by its number only, is known by its words."""
    server = login.text("server").lower().rstrip(".")
    return not server or bool(_NUMBERS_ONLY.fullmatch(server)) or bool(_GOOGLE_SERVER.search(server))
