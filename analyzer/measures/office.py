"""Which Office this is: product and channel first, its build after that, and what keeps it from being updated.

Volume products, LTSC, the Semi-Annual channel and MSI can be fully patched and still have low build numbers, so a
number says something only beside its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources

from analyzer.measures.accounts import credentials
from analyzer.measures.evidence import Fact, Scene, elements
from analyzer.measures.settings import Row, cited, source, values
from analyzer.model import Source
from analyzer.tables import Evidence

_CONFIGURATION = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
_UPDATE_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Office\16.0\Common\OfficeUpdate"
# Source: the URL that Click-to-Run updates from ends in the channel's GUID, which scripts write in either case.
_CHANNELS = {
    "492350f6-3a01-4f97-b9c0-c7c6ddf67d60": "Current",
    "64256afe-f5d9-4f86-8936-8840a6a4f5be": "Current Preview",
    "5440fd1f-7ecb-4221-8110-145efaa6372f": "Beta",
    "55336b82-a18d-4dd6-b5f6-9e5095c314a6": "Monthly Enterprise",
    "7ffbc6bf-bc32-4f92-8982-f9dd17fd3114": "Semi-Annual Enterprise",
    "b8f9b850-328d-4355-9145-c59439a0c4cf": "Semi-Annual Enterprise Preview",
    "f2e724c1-748f-4b47-8fb8-8e0d210e9208": "Office 2019 (VL)",
    "5030841d-c919-4594-8d2d-84ae4f96e58e": "Office LTSC 2021 (VL)",
    "7983bac0-e531-40cf-be00-fd24fe66619c": "Office LTSC 2024 (VL)",
}
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_VOLUME = re.compile(r"(2019|2021|2024)Volume\b", re.IGNORECASE)
_VOLUME_LINES = {"2019": "Office 2019 (VL)", "2021": "Office LTSC 2021 (VL)", "2024": "Office LTSC 2024 (VL)"}
# Builds that only one product has. Source: security bulletins of LTSC 2021, which left 14332 for 14334 in July 2025.
_OWN_BUILDS = {14332: "Office LTSC 2021 (VL)", 14334: "Office LTSC 2021 (VL)", 17932: "Office LTSC 2024 (VL)"}
# Previews run ahead of the channel they are of.
_MONTHLY = ("Current", "Monthly Enterprise", "Current Preview", "Beta")
_HALF_YEARLY = ("Semi-Annual Enterprise", "Semi-Annual Enterprise Preview")
_VERSION = re.compile(r"^\s*(\d{1,9})\.(\d{1,9})\.(\d{1,9})\.(\d{1,9})\s*$")

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """A row of the table of builds; ``released`` is the day, or the first of the month where only that is known."""

    channel: str
    build: Version
    version: str
    released: date


@dataclass(frozen=True, slots=True)
class Product:
    """An installed Click-to-Run Office. ``line`` is its channel or volume product, empty where nothing tells it."""

    line: str
    build: Version
    text: str
    sources: tuple[Source, ...]

    @property
    def number(self) -> float:
        """The third part of the version, which Microsoft calls the build."""
        return float(self.build[2])


@cache
def releases() -> tuple[Release, ...]:
    """The table of builds.

    Source: Microsoft, "Update history for Microsoft 365 Apps"; security bulletins of the volume products.
    """
    text = resources.files("analyzer.measures").joinpath("office_builds.tsv").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(
        Release(channel, _parts(build), version, date.fromisoformat(day if len(day) > 7 else f"{day}-01"))
        for channel, build, version, day, _ in lines[1:]
    )


def table_date() -> date:
    """The newest day that the table of builds knows of."""
    return max(release.released for release in releases())


def measure(evidence: Evidence, scene: Scene) -> Iterator[Fact]:
    """The installed Office, whether it stands still, what it was held back by, and tokens older than its build."""
    product = installed(evidence, scene)
    if product is None:
        return
    told = f"{product.text} ({product.line or 'unknown channel'})"
    yield Fact("office_build", product.sources, product.line or None, told, product.number)
    if product.line in _VOLUME_LINES.values():
        yield Fact("office_volume_build", product.sources, product.line, product.text, product.number)
    if product.line in _MONTHLY:
        yield Fact("office_monthly_build", product.sources, product.line, product.text, product.number)
        yield from _held(evidence, scene, product)
    yield from _dated(evidence, scene, product)
    yield from _running(evidence, scene, product)


def installed(evidence: Evidence, scene: Scene) -> Product | None:
    """The Click-to-Run Office of this machine; None where its build is not told."""
    told = values(evidence, scene, _CONFIGURATION)
    version = told.get("versiontoreport")
    build = _parts(version["value"] or "") if version else ()
    if version is None or not build:
        return None
    line, why = _line(told, build)
    return Product(line, build, (version["value"] or "").strip(), cited(*map(source, [version, *why])))


def _parts(text: str) -> Version:
    """A version as numbers: compared as texts, 16.0.9 would come after 16.0.10."""
    match = _VERSION.match(text)
    return tuple(int(part) for part in match.groups()) if match else ()


def _line(told: dict[str, Row], build: Version) -> tuple[str, list[Row]]:
    """Channel or volume product, and the values that tell it: the product's name goes before the channel's address."""
    products = told.get("productreleaseids")
    if products and (volume := _VOLUME.search(products["value"] or "")):
        return _VOLUME_LINES[volume.group(1)], [products]
    if build[2] in _OWN_BUILDS:
        return _OWN_BUILDS[build[2]], []
    for name in ("updatechannel", "cdnbaseurl"):
        row = told.get(name)
        guids = _GUID.findall(row["value"] or "") if row else []
        if row and guids and (line := _CHANNELS.get(guids[-1].lower())):
            return line, [row]
    return "", []


# --- what keeps it from being updated -----------------------------------------------------------------------------


def _held(evidence: Evidence, scene: Scene, product: Product) -> Iterator[Fact]:
    """Why this Office cannot be updated, each reason by itself."""
    for why, where in _holds(evidence, scene, product):
        yield Fact("office_held_build", cited(*product.sources, where), why, product.text, product.number)


def _holds(evidence: Evidence, scene: Scene, product: Product) -> Iterator[tuple[str, Source]]:
    """Updates switched off, a target version no newer than what is installed, the updating service disabled.

    Source: Office Deployment Tool's UpdatesEnabled; the policies enableautomaticupdates (which goes before it) and
    updatetargetversion; the service ClickToRunSvc.
    """
    policy = values(evidence, scene, _UPDATE_POLICY)
    own = values(evidence, scene, _CONFIGURATION).get("updatesenabled")
    imposed = policy.get("enableautomaticupdates")
    if imposed is not None:
        if imposed["number"] == 0:
            yield "enableautomaticupdates = 0", source(imposed)
    elif own is not None and (own["value"] or "").strip().lower() == "false":
        yield "UpdatesEnabled = False", source(own)
    target = policy.get("updatetargetversion")
    wanted = _parts(target["value"] or "") if target else ()
    if target and wanted and wanted <= product.build:
        yield f"updatetargetversion = {target['value']}", source(target)
    for service in elements(evidence, "services"):
        if service.text("name").lower() == "clicktorunsvc" and service.text("start").lower() == "disabled":
            yield "ClickToRunSvc disabled", service.source


def _running(evidence: Evidence, scene: Scene, product: Product) -> Iterator[Fact]:
    """An Outlook that was started before the last update: it signs in with what it was, not with what is installed."""
    for process in elements(evidence, "processes"):
        theirs = process.user is None or scene.mine(process.user)
        version = _parts(process.text("version"))
        if theirs and process.text("name").lower() == "outlook.exe" and version and version < product.build:
            sources = cited(process.source, *product.sources)
            yield Fact("office_older_in_memory", sources, product.text, process.text("version"), float(version[2]))


# --- days ---------------------------------------------------------------------------------------------------------


def _dated(evidence: Evidence, scene: Scene, product: Product) -> Iterator[Fact]:
    """How long its version has had no more updates, and tokens written before its build was released."""
    own = [r for r in releases() if r.channel == product.line]
    release = next((r for r in own if r.build == product.build), None)
    known = max((r.released for r in own if r.build[2] == product.build[2]), default=None)
    if product.line in _HALF_YEARLY and known and scene.collected and _succeeded(own, known):
        days = (min(scene.collected.date(), table_date()) - known).days
        yield Fact("office_version_ended_d", product.sources, product.line, product.text, float(days))
    for token in credentials(evidence, scene) if release else ():
        if release and token.written and _day(token.written) < release.released:
            sources = cited(token.source, *product.sources)
            yield Fact("token_before_build", sources, token.account, token.target, None, token.written, token.user)


def _succeeded(own: list[Release], known: date) -> bool:
    """Whether the channel went on after that day: else nothing says that the version has ended."""
    return any(release.released > known for release in own)


def _day(moment: datetime) -> date:
    return moment.date()
