"""Where the files of other tools come from: every layout's member names back to the paths of the affected machine.

Everything here judges names alone and opens nothing. The canonical path, an artifact's ``original``, has forward
slashes and begins with the drive letter: ``C/Users/alice/NTUSER.DAT``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from urllib.parse import unquote

from analyzer.model import Refusal
from collectors import catalog

ONE_AT_A_TIME = "give one of them at a time; `mailscope batch`, for several at once, is not in this version yet"


class Kind(StrEnum):
    """Who made the bundle, as its names tell."""

    MAILSCOPE = "mailscope"
    VELOCIRAPTOR = "velociraptor"
    KAPE = "kape"
    CYLR = "cylr"
    OUTLOOKTRACE = "outlooktrace"
    BARE = "bare"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member lay on the affected machine.

    ``accessor`` is Velociraptor's way of reading it. ``unread`` says why the member is listed and not read: it is
    an earlier state of the machine, or belongs to no person; empty for everything else.
    """

    original: str
    accessor: str = ""
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """A recognised layout, and the wrapping folder (ending in ``/``, or empty) that all of it lies in."""

    kind: Kind
    prefix: str = ""

    def unwrap(self, name: str) -> str:
        """The name without the wrapping folder; what lies outside of it keeps its name."""
        return name[len(self.prefix) :] if name.lower().startswith(self.prefix.lower()) else name

    def place(self, name: str) -> Place:
        """Where the member of that (stripped) name lay."""
        place = _uploaded(name) if self.kind is Kind.VELOCIRAPTOR else Place(_shadowed(name))
        return Place(place.original, place.accessor, _unread(place.original, self.kind))


# A folder named by a drive letter never wraps a bundle: below it stand the machine's own folders.
_WRAP = r"^(?![A-Za-z]/)(?P<prefix>(?:[^/]+/){0,3}?)"
_TOPS = r"(?:Windows|Windows\.old|Users|ProgramData|Program Files|Program Files \(x86\)|Documents and Settings)"
_LIVE = "|".join(re.escape(i.place) for i in catalog.load().items if i.place.startswith("live/"))

# In this order: a Velociraptor collection may hold `C%3A` beside a manifest of its own, and OutlookTrace has `.reg`
# files too. Source: layout of Velociraptor's offline collector (docs.velociraptor.app), of OutlookTrace's output
# (github.com/jpmessaging/OutlookTrace), of KAPE and CyLR targets (their documentation).
_ANCHORS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (Kind.VELOCIRAPTOR, _WRAP + r"uploads/(?:auto|file|ntfs|mft|lazy_ntfs|ntfs_vss)/."),
        (Kind.OUTLOOKTRACE, _WRAP + r"(?:ScriptInfo\.xml$|Configuration/(?:OS|Office|Registry|Network|EventLog)/.)"),
        (Kind.MAILSCOPE, _WRAP + rf"(?:manifest\.json|{_LIVE}|registry/[^/]+\.reg)$"),
        (Kind.CYLR, rf"^(?P<prefix>(?:[^/]+/){{0,3}}?)(?:VSS\d+/)?[A-Z]/{_TOPS}/"),
    )
)
_KAPE_PAPERS = re.compile(r"_(?:CopyLog|SkipLog)\.csv$|_ConsoleLog\.txt$|(?:^|/)VSS\d+/", re.IGNORECASE)

# Machine-wide files by name: a folder that holds one of them twice holds two machines.
_MACHINE_HIVES = ("system", "software")


def recognise(names: Iterable[str]) -> Layout:
    """The layout of those member names, Refusal when they are of several machines."""
    listed = sorted(names)
    for kind, anchor in _ANCHORS:
        prefixes = _prefixes(anchor, listed)
        if len(prefixes) > 1:
            shown = ", ".join(repr(p.rstrip("/") or ".") for p in prefixes[:3])
            raise Refusal(f"the input holds several machines ({shown}): {ONE_AT_A_TIME}")
        if prefixes:
            return Layout(_tree_kind(listed, prefixes[0]) if kind is Kind.CYLR else kind, prefixes[0])
    _refuse_twins(listed)
    return Layout(Kind.BARE, _common_folder(listed))


def _prefixes(anchor: re.Pattern[str], names: list[str]) -> list[str]:
    found: dict[str, str] = {}
    for match in filter(None, map(anchor.match, names)):
        found.setdefault(match["prefix"].lower(), match["prefix"])
    return sorted(found.values())


def _tree_kind(names: list[str], prefix: str) -> Kind:
    """KAPE writes a drive's tree below a target folder and leaves its copy logs; CyLR begins with the drive."""
    kape = prefix or any(_KAPE_PAPERS.search(name) for name in names)
    return Kind.KAPE if kape else Kind.CYLR


def _refuse_twins(names: list[str]) -> None:
    """In a bare folder a second SYSTEM hive or System.evtx belongs to another machine."""
    first: dict[str, str] = {}
    for name in names:
        base = name.rpartition("/")[2].lower()
        if base in _MACHINE_HIVES or (base in _file_names() and base.endswith(".evtx")):
            other = first.setdefault(base, name)
            if other != name and not _PAST.search(name) and not _PAST.search(other):
                raise Refusal(f"the input holds several machines ({other!r} and {name!r}): {ONE_AT_A_TIME}")


def _common_folder(names: list[str]) -> str:
    """The folders all bare names share, up to the first that itself says something."""
    prefix = ""
    while names:
        top, slash, _ = names[0][len(prefix) :].partition("/")
        shared = slash and all(name.startswith(f"{prefix}{top}/") for name in names)
        if (
            not shared
            or is_service_account(top)
            or top.lower() in ("users", "windows")
            or re.fullmatch("[A-Za-z]", top)
        ):
            break
        prefix += f"{top}/"
    return prefix


# -- the path on the machine -------------------------------------------------------------------------------------

_SHADOW = re.compile(r"HarddiskVolumeShadowCopy(\d+)$", re.IGNORECASE)
_DRIVE = re.compile(r"^(?:[\\/]{2}[.?][\\/])?([A-Za-z]):$")
_PAST = re.compile(r"(?:^|/)(?:VSS\d+|Windows\.old(?:\.\d+)?|RegBack)/", re.IGNORECASE)
_PROFILE_HIVE = re.compile(r"(?:ntuser|usrclass)\.dat.*", re.IGNORECASE)
_DEFAULT_HIVE = re.compile(r"(?:.*/config/)?default(?:\.log\d?)?", re.IGNORECASE)


def _uploaded(name: str) -> Place:
    """A Velociraptor upload: each part is percent-encoded once, so ``%254`` is ``%4`` of an event log's file name.

    Source: the offline collector encodes what a ZIP or a Windows folder may not hold in a name, ``%`` included.
    """
    parts = name.split("/")
    if len(parts) < 3 or parts[0].lower() != "uploads":
        return Place(name)
    decoded = [unquote(part) for part in parts[2:]]
    return Place("/".join((_volume(decoded[0]), *decoded[1:])), accessor=parts[1].lower())


def _volume(part: str) -> str:
    r"""``C:`` and ``\\.\C:`` are ``C``; a shadow copy's device is ``VSS1``."""
    if drive := _DRIVE.match(part):
        return drive[1].upper()
    if shadow := _SHADOW.search(part):
        return f"VSS{shadow[1]}"
    return part


def _shadowed(name: str) -> str:
    """A drive letter is written large whatever the tool wrote: ``VSS1/c/Windows`` is ``VSS1/C/Windows``."""
    return re.sub(r"^((?:VSS\d+/)?)([a-z])/", lambda m: f"{m[1]}{m[2].upper()}/", name)


def _unread(original: str, kind: Kind) -> str:
    if _PAST.search(original):
        return "an earlier state of the machine (shadow copy, Windows.old or registry backup): listed, not read"
    *folders, base = original.split("/")
    of_service = _PROFILE_HIVE.fullmatch(base) and any(map(is_service_account, folders))
    if of_service or _DEFAULT_HIVE.fullmatch(base if kind is Kind.BARE else original):
        return "the profile of a service account, not of a person: listed, not read"
    return ""


# -- whose it is -------------------------------------------------------------------------------------------------

_PROFILE = re.compile(r"^(?:[A-Za-z]/)?(?:Users|Documents and Settings)/([^/]+)/", re.IGNORECASE)
_EXPORTED_SID = re.compile(r"HKEY_USERS_(S-1-5-21(?:-\d+)+)_[^/]*\.reg$", re.IGNORECASE)
_SERVICE_SID = re.compile(r"S-1-5-(?:18|19|20)|S-1-5-(?:80|82|83|90|96)-[\d-]+|S-1-5-21-[\d-]+-(?:503|504)")
_SERVICE_NAMES = frozenset(
    (
        ".default", "default", "default user", "default.migrated", "public", "all users", "systemprofile",
        "localservice", "networkservice", "local service", "network service", "system", "local system",
        "defaultaccount", "defaultapppool", "wdagutilityaccount", "iusr", "anonymous logon",
    )
)  # fmt: skip
_SERVICE_PATTERN = re.compile(
    r"defaultuser\d+|(?:dwm|umfd)-\d+|.*\$|(?:nt service|nt virtual machine|window manager)\\.*"
)


def is_service_account(label: str) -> bool:
    """Whether a SID or name is Windows' own, a service's or a computer's: never the affected person.

    Source: "Security identifiers" and "Well-known SIDs" on learn.microsoft.com: 18 to 20 are the system's accounts,
    80 services, 82 application pools, 83 virtual machines, 90 and 96 the window and font drivers; 503 and 504 are the
    default and the Application Guard account.
    """
    if _SERVICE_SID.fullmatch(label.upper().removesuffix("_CLASSES")):
        return True
    lowered = label.lower()
    name = lowered.rpartition("\\")[2]
    return name in _SERVICE_NAMES or any(_SERVICE_PATTERN.fullmatch(text) for text in (lowered, name))


def user_of(original: str) -> str | None:
    """The profile folder's name in a canonical path, or the SID in the name of another user's registry export.

    None for a service's profile and outside of profiles.
    """
    match = _PROFILE.match(original) or _EXPORTED_SID.search(original)
    return match[1] if match and not is_service_account(match[1]) else None


# -- which catalogue item it is ----------------------------------------------------------------------------------

_TEMP = r"(?:[a-z]/)?(?:users|documents and settings)/[^/]+/appdata/local/temp/(?:\d+/)?"
# Found by file name wherever they lie: Outlook translates its folder's name. Source: "Outlook Logging" is
# "Outlook-Protokoll" in German, seen in public source code; the file names are in Microsoft's support articles.
_BY_FILE_NAME = (
    ("outlook_imap_log", r"imap-[^/]*\.log"),
    ("outlook_opm_log", r"opmlog\.log"),
    ("outlook_etl", r"outlook-[^/]*\.etl"),
    ("webview2_netlog", r"netlog_[^/]*\.json"),
)
# Beside the main log, Office keeps more in `Additional`, and the verbose sign-in log in %TEMP% itself.
# Source: "How to collect Office diagnostic logs" and "How to enable Microsoft 365 Apps ULS logging", Microsoft support.
_MORE_PLACES = (
    ("office_log", _TEMP + r"diagnostics/outlook/(?:[^/]+/)*[^/]+\.log"),
    ("office_log", _TEMP + r"[^/]+-\d{8}-\d{4}[a-z]?\.log"),
)
# OutlookTrace names a native command's output after the command, with `-` for `/`.
_COMMAND_FILES = {
    "cmdkey.txt": "cmdkey_list",
    "cmdkey -list.txt": "cmdkey_list",
    "ipconfig -all.txt": "ipconfig_all",
    "hosts.txt": "hosts_file",
    "systeminfo.txt": "systeminfo",
    "devicejoinstatus.txt": "dsregcmd_status",
    "dsregcmd -status.txt": "dsregcmd_status",
    "netsh winhttp show proxy.txt": "netsh_winhttp_proxy",
}


def item_of(original: str, kind: Kind) -> str | None:
    """The catalogue id of a canonical path; None when the catalogue knows no such place.

    Where the tree is lost (a bare folder, OutlookTrace) the file's name alone decides.
    """
    path = original.lower()
    for pattern, item in _patterns():
        if pattern.fullmatch(path):
            return item
    if kind not in (Kind.BARE, Kind.OUTLOOKTRACE):
        return None
    name = path.rpartition("/")[2]
    return _file_names().get(name) or _COMMAND_FILES.get(name) or _registry_item(name)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    by_name = [(rf"(?:.*/)?{pattern}", item) for item, pattern in _BY_FILE_NAME]
    places = [(_regex(place), item.id) for item in catalog.load().items for place in item.places]
    more = [(pattern, item) for item, pattern in _MORE_PLACES]
    return tuple((re.compile(pattern), item) for pattern, item in (*by_name, *places, *more))


def _regex(place: str) -> str:
    """A catalogue place as a pattern over lower-case canonical paths; any drive stands for ``C:``."""
    escaped = re.escape(place.lower().replace("\\", "/")).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    return re.sub(r"^c:/", "(?:[a-z]/)?", escaped.replace("%temp%/", _TEMP))


@cache
def _file_names() -> dict[str, str]:
    """Catalogue ids by the last part of their place; OutlookTrace writes ``_`` where Windows has ``%4``."""
    names: dict[str, str] = {}
    for item in catalog.load().items:
        base = item.place.replace("\\", "/").rpartition("/")[2].lower()
        if "*" not in base:
            names[base] = names[base.replace("%4", "_")] = item.id
    return names


@cache
def _registry_names() -> dict[str, str]:
    return {item.key.replace("\\", "_").lower(): item.id for item in catalog.load().items if item.key}


def _registry_item(name: str) -> str | None:
    """``HKCU_Software_Microsoft_Office.reg``; another user's key begins with ``HKEY_USERS_S-1-…``."""
    stem, _, ending = name.rpartition(".")
    stem = re.sub(r"^(?:hkey_users_s-1-[\d-]+|hkey_current_user)_", "hkcu_", stem)
    return _registry_names().get(re.sub("^hkey_local_machine_", "hklm_", stem)) if ending == "reg" else None
