"""The support article's lists as questions with answers: pass, fail, ask whom, unknown.

Three lists: what to go through (``quick``), what users see most often (``indicator``: *fail* says that the symptom is
there), and what shows that the cure holds (``after``). What only Google, its administrator or a person can know is to
be asked, unless somebody already said it or a record shows it.

Source: the support article on Gmail in Outlook: its quick checklist, its table of frequent indicators, its points of
control after the correction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from analyzer.citations import cite_all
from analyzer.measures import Scene
from analyzer.model import Check, Means, Sight, Source, Status, Verdict
from analyzer.tables import Evidence

_FAILS = (Status.CONFIRMED, Status.LIKELY)
_PASSES = (Status.UNLIKELY, Status.RULED_OUT)
_CITED = 3
_SAID = "reported."
_USER, _ADMIN = "user", "google_admin"

Word = tuple[str, tuple[str, ...]]  # a fact's name, and the values that count; all of them where none is named


def _said(key: str, *values: str) -> Word:
    return f"reported.{key}", values


@dataclass(frozen=True, slots=True)
class _Line:
    """One line: the causes that answer it, the facts that do, and whom to ask otherwise.

    A fact of ``passes`` answers alone; those of ``together`` only all at once.
    """

    id: str
    group: str
    causes: tuple[str, ...] = ()
    ask_whom: str | None = None
    passes: tuple[Word, ...] = ()
    fails: tuple[Word, ...] = ()
    together: tuple[Word, ...] = ()


_ACCEPTED = (("google_login_accepted", ("imap",)), ("google_login_accepted", ("smtp",)))
_LINES = (
    _Line(
        "imap_on",
        "quick",
        ("imap_disabled",),
        _USER,
        passes=(_said("imap_enabled", "yes"), ("google_login_accepted", ("imap",))),
        fails=(_said("imap_enabled", "no"),),
    ),
    # Google asks for an application's own password only where 2-Step Verification is on
    _Line(
        "two_step_on",
        "quick",
        (),
        _USER,
        passes=(_said("two_step_on", "yes"), ("google_answer", ("app_password_required",))),
        fails=(_said("two_step_on", "no"),),
    ),
    _Line(
        "access_revoked",
        "quick",
        (),
        _USER,
        passes=(_said("access_revoked", "yes"),),
        fails=(_said("access_revoked", "no"),),
    ),
    _Line("workspace_allows", "quick", ("workspace_policy",), _ADMIN),
    _Line(
        "no_advanced_protection",
        "quick",
        ("advanced_protection",),
        _USER,
        passes=(_said("advanced_protection", "no"),),
    ),
    _Line("credentials_fresh", "quick", ("stale_token",)),
    _Line("outlook_updated", "quick", ("office_outdated",)),
    _Line("webview2_works", "quick", ("webview2_missing", "webview2_crashing", "webview2_blocked")),
    _Line("clock_right", "quick", ("clock_skew",)),
    _Line("network_open", "quick", ("proxy_misconfigured", "firewall_block", "name_resolution", "vpn_interference")),
    _Line("no_inspection", "quick", ("tls_interception", "trusted_root_missing")),
    _Line("tls_allowed", "quick", ("tls12_disabled",)),
    _Line("signed_in_anew", "quick", (), _USER, passes=(("token_renewed_after_h", ()), ("oauth_accepted", ()))),
    _Line("send_receive", "quick", (), _USER, together=_ACCEPTED),
    _Line(
        "prompt_came",
        "indicator",
        (),
        _USER,
        passes=(_said("password_prompt", "yes"),),
        fails=(_said("password_prompt", "no"),),
    ),
    _Line(
        "window_came",
        "indicator",
        (),
        _USER,
        passes=(_said("sign_in_window", "shown"),),
        fails=(_said("sign_in_window", "none", "flashed"),),
    ),
    _Line(
        "consent_came",
        "indicator",
        (),
        _USER,
        passes=(_said("consent_offered", "yes"),),
        fails=(_said("consent_offered", "no"),),
    ),
    _Line(
        "fails_elsewhere_too",
        "indicator",
        (),
        _USER,
        passes=(_said("works_on_other_pc", "no"),),
        fails=(_said("works_on_other_pc", "yes"),),
    ),
    _Line("consent_reliable", "after", (), _USER),
    _Line("consent_ticked", "after", (), _USER),
    _Line("status_bar_clean", "after", (), _USER, together=_ACCEPTED),
    _Line("folders_subscribed", "after", (), _USER, passes=(("imap_folder_subscribed", ()),)),
    _Line("test_mail_arrived", "after", (), _USER),
    _Line("search_coherent", "after", (), _USER),
)


def checklist(scene: Scene, evidence: Evidence, verdicts: tuple[Verdict, ...]) -> tuple[Check, ...]:
    """Every line that concerns this machine, in the order of the lists; ``evidence`` holds the measured facts."""
    return tuple(
        _answer(line, scene, evidence, verdicts)
        for line in _LINES
        if line.ask_whom != _ADMIN or not _all_consumer(scene, evidence)
    )


def _all_consumer(scene: Scene, evidence: Evidence) -> bool:
    """Whether every account is Google's own: then no administrator stands behind any."""
    own = set(evidence.named("consumer_account")["subject"].drop_nulls())
    return bool(scene.accounts) and own.issuperset(scene.accounts)


def _answer(line: _Line, scene: Scene, evidence: Evidence, verdicts: tuple[Verdict, ...]) -> Check:
    """Fails by one likely cause; passes only when every cause of the line was judged and none stands.

    Where a line is answered both ways by what was said, it is asked again.
    """
    judged = tuple(verdict for verdict in verdicts if verdict.cause in line.causes)
    failing = tuple(verdict for verdict in judged if verdict.status in _FAILS)
    if failing:
        return Check(line.id, line.group, "fail", None, _cited(failing, Means.FOR))
    against = _told(line.fails, evidence)
    passes = tuple(word for word in line.passes if _for_everybody(word, scene, evidence))
    for_it = (*_told(passes, evidence), *_all(line.together, scene, evidence))
    if bool(against) is not bool(for_it):
        found = against or for_it
        cited = tuple(source for source in found if source.artifact)[:_CITED]
        said = all(source.quote.startswith(_SAID) or not source.artifact for source in found)
        return Check(line.id, line.group, "fail" if against else "pass", None, cited, said)
    if line.ask_whom:
        return Check(line.id, line.group, "ask", line.ask_whom, ())
    known = {verdict.cause for verdict in judged}
    if known == set(line.causes) and all(verdict.status in _PASSES for verdict in judged):
        return Check(line.id, line.group, "pass", None, _cited(judged, Means.AGAINST))
    return Check(line.id, line.group, "unknown", None, ())


def _cited(verdicts: tuple[Verdict, ...], means: Means) -> tuple[Source, ...]:
    seen = (o for v in verdicts for o in v.observations if o.sight is Sight.SEEN and o.means is means)
    return tuple(dict.fromkeys(source for o in seen for source in o.sources))[:_CITED]


def _all(words: tuple[Word, ...], scene: Scene, evidence: Evidence) -> tuple[Source, ...]:
    """The sources of facts that answer only together; none where one of them is missing."""
    found = [_told((word,), evidence) for word in words if _for_everybody(word, scene, evidence)]
    return (
        tuple(source for some in found for source in some) if found and all(found) and len(found) == len(words) else ()
    )


def _for_everybody(word: Word, scene: Scene, evidence: Evidence) -> bool:
    """Whether what was found of single accounts was found of each: one account's success says nothing of another."""
    rows = evidence.named(word[0]).iter_rows(named=True)
    accounts = {row["subject"] for row in rows if not word[1] or (row["value"] or "").strip().lower() in word[1]}
    named = {account for account in accounts if account and "@" in account}
    return not named or named.issuperset(scene.accounts)


def _told(words: tuple[Word, ...], evidence: Evidence) -> tuple[Source, ...]:
    return tuple(dict.fromkeys(cite_all(evidence, (source for word in words for source in _sources(word, evidence)))))


def _sources(word: Word, evidence: Evidence) -> Iterator[Source]:
    """Where it is told; measures tell of this person alone."""
    name, values = word
    for row in evidence.named(name).iter_rows(named=True):
        if not values or (row["value"] or "").strip().lower() in values:
            yield Source(row["artifact"] or "", row["place"] or "", row["at"])
