"""What a client says to sign in and what a server answers, line by line, without the secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from analyzer.secrets import mask, masked, text_of_base64, xoauth2_user

_HOST_NAME = re.compile(
    r"(?:connecting to|srv_name ?=|server:) ?'?([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8})", re.IGNORECASE
)
# a client that goes on with one of these has given up signing in
_OTHER_COMMAND = re.compile(
    r"\w{1,16} (?:CAPABILITY|NOOP|LOGOUT|SELECT|EXAMINE|LIST|LSUB|STATUS|UID|ID|NAMESPACE|ENABLE|STARTTLS|IDLE|CLOSE)\b"
    r"|(?:QUIT|EHLO|HELO|RSET|NOOP|STARTTLS|STAT|LIST|UIDL|CAPA)\b|MAIL FROM:",
    re.IGNORECASE,
)
# only a login is refused so. Source: RFC 4954 (530, 534, 535), RFC 5530 (AUTHENTICATIONFAILED), Google's own answers
_REFUSED_LOGIN = re.compile(r"53[045][- ]|(\w{1,16}) NO \[(?:AUTHENTICATIONFAILED|ALERT|WEBALERT )", re.IGNORECASE)


class Entry(NamedTuple):
    """A line of the log taken apart; ``local`` is naive, None where the day is not known."""

    number: int
    protocol: str
    server: str | None
    level: str
    text: str
    local: datetime | None
    shown_time: str


@dataclass(slots=True)
class Login:
    """An authentication that has begun.

    ``secrets`` counts what the client has sent besides its command; it is base64 where ``encoded``.
    """

    entry: Entry
    tag: str
    method: str
    account: str | None = None
    status: str | None = None
    response: list[str] = field(default_factory=list)
    secrets: int = 0
    encoded: bool = True


@dataclass(slots=True)
class Dialogue:
    """One protocol's talk with one server; ``asked`` is the tag of the client's last command."""

    server: str | None = None
    user: str | None = None
    login: Login | None = None
    asked: str = ""

    def take(self, entry: Entry) -> tuple[str, Iterator[tuple[Login, str, Entry]]]:
        """The line's text without secrets, and the logins that it ended, with their answer."""
        self._learn_server(entry)
        if entry.level == "tx":
            return self._sent(entry)
        if entry.level == "rx":
            return mask(entry.text), self._received(entry)
        ended = "closed" in entry.text and entry.text.startswith("Connection to")
        return mask(entry.text), self._end("none", entry) if ended else iter(())

    def _learn_server(self, entry: Entry) -> None:
        named = _HOST_NAME.search(entry.text) if entry.level != "tx" else None
        if entry.server or named:
            self.server = entry.server or (named[1].lower() if named else None)
        elif entry.level == "rx" and "Gimap ready" in entry.text:
            # only Google's own server greets so
            self.server = "imap.gmail.com"
        elif entry.level == "rx" and (greeting := re.match(r"220 ([\w-]{1,63}(?:\.[\w-]{1,63}){1,8}) ", entry.text)):
            self.server = greeting[1].lower()

    def _sent(self, entry: Entry) -> tuple[str, Iterator[tuple[Login, str, Entry]]]:
        begun = _begun(entry)
        self.asked = entry.text.partition(" ")[0]
        if begun:
            begun.account = begun.account or self.user
            ended = tuple(self._end("none", entry))
            self.login = begun
            return mask(entry.text), iter(ended)
        if self.login and _OTHER_COMMAND.match(entry.text):
            return mask(entry.text), iter(tuple(self._end("none", entry)))
        if self.login and entry.text.strip("* \t"):
            return _payload(self.login, entry.text), iter(())
        if entry.protocol == "POP3" and (named := re.match(r"USER (\S{1,320})$", entry.text, re.IGNORECASE)):
            self.user = named[1]
        return mask(entry.text), iter(())

    def _received(self, entry: Entry) -> Iterator[tuple[Login, str, Entry]]:
        status = _oauth_status(entry.text)
        self.login = self.login or self._unseen(entry, status)
        if self.login is None:
            return
        if entry.protocol == "IMAP" and (tagged := re.match(r"(\w{1,16}) (?:OK|NO|BAD)\b", entry.text)):
            self.login.tag = self.login.tag or tagged[1]
        answer, last = _answered(entry, self.login)
        if status:
            self.login.status = status
        elif answer or re.match(r"\* (?:NO|BYE|BAD)\b|\d{3}-", entry.text, re.IGNORECASE):
            self.login.response.append(mask(_without_tag(entry.text, self.login.tag)))
        if answer and last:
            yield from self._end(answer, entry)

    def _unseen(self, entry: Entry, status: str | None) -> Login | None:
        """A login whose command the log does not show, cut off or left out, known by how a server refuses it.

        An answer that bears the tag of the last command shown is that command's.
        """
        if status:
            return Login(entry, "", "xoauth2")
        refused = _REFUSED_LOGIN.match(entry.text)
        return Login(entry, "", "none") if refused and refused[1] != self.asked else None

    def _end(self, answer: str, entry: Entry) -> Iterator[tuple[Login, str, Entry]]:
        if self.login:
            yield self.login, answer, entry
        self.login = None
        self.user = None

    def close(self) -> Iterator[tuple[Login, str, Entry]]:
        """What is still open at the end of the file."""
        if self.login:
            yield from self._end("none", self.login.entry)


def _begun(entry: Entry) -> Login | None:
    """The authentication that a client's command begins."""
    if found := re.match(
        r"(?:(\w{1,16}) )?AUTH(?:ENTICATE)? ([\w-]{1,32})(?: +(\S.*))?$", entry.text.rstrip(), re.IGNORECASE
    ):
        method = found[2].lower() if found[2].lower() in {"xoauth2", "login", "plain"} else "other"
        login = Login(entry, found[1] or "", method)
        if found[3]:
            _payload(login, found[3])
        return login
    if found := re.match(r"(\w{1,16}) LOGIN (?:\"([^\"]{1,320})\"|(\S{1,320}))(?: |$)", entry.text, re.IGNORECASE):
        account = found[2] or found[3]
        return Login(entry, found[1], "login", None if account.startswith("{") else account, encoded=False)
    if entry.protocol == "POP3" and re.match("PASS ", entry.text, re.IGNORECASE):
        return Login(entry, "", "login")
    return None


def _payload(login: Login, text: str) -> str:
    """What a client sends inside an authentication, told without its secret; the account in it is noted."""
    login.secrets += 1
    decoded = text_of_base64(text.strip()) if login.encoded else re.sub(r" \{\d{1,9}\+?\}$", "", text)
    if login.method == "login" and login.account is None and login.secrets == 1:
        login.account = _printable(decoded)
        return text if login.account else masked("password", text.strip())
    if login.method == "plain" and decoded.count("\0") == 2:
        login.account = _printable(decoded.split("\0")[1])
    elif user := xoauth2_user(text.strip()):
        login.account = user
        return f"user={user} {masked('OAuth token', text.strip())}"
    return masked("OAuth token" if login.method in {"xoauth2", "other"} else "password", text.strip())


def _printable(text: str) -> str | None:
    return text if re.fullmatch(r"[\x21-\x7e\x80-\xff]{1,320}", text) else None


def _answered(entry: Entry, login: Login | None) -> tuple[str, bool]:
    """``ok``, ``no``, ``bad`` or nothing, and whether the answer ends with this line."""
    if found := re.match(r"(\d)(\d\d)([ -]|$)", entry.text):
        kind = "ok" if found[1] == "2" else "bad" if found[0][:2] == "50" else "no" if found[1] in "45" else ""
        return kind, found[3] != "-"
    if found := re.match(r"(\+OK|-ERR)\b", entry.text):
        return ("ok" if found[1] == "+OK" else "no"), True
    tagged = re.match(r"(\w{1,16}) (OK|NO|BAD)\b", entry.text, re.IGNORECASE)
    if tagged and login and tagged[1].lower() == login.tag.lower():
        return tagged[2].lower(), True
    return ("none", True) if re.match(r"\* BYE\b", entry.text, re.IGNORECASE) else ("", False)


def _oauth_status(text: str) -> str | None:
    """The status in the JSON that refuses a token: ``+ eyJ…`` of IMAP and POP3, ``334 eyJ…`` of SMTP."""
    found = re.match(r"(?:\+|334) ?(eyJ[A-Za-z0-9+/=]{8,4096})", text)
    status = re.search(r'"status"\s*:\s*"?(\w{1,32})', text_of_base64(found[1])) if found else None
    return status[1] if status else None


def _without_tag(text: str, tag: str) -> str:
    return text.removeprefix(f"{tag} ") if tag else text
