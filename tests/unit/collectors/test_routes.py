from __future__ import annotations

import pytest

from collectors.live import Options
from collectors.live.routes import bypassed, in_force, proxy
from collectors.windows import NotTaken, Outcome, Proxy, Value
from tests.unit.collectors.pretence import Pretence

URL = "https://accounts.google.com/"
PAC = "http://pac.corp/p.pac"
POLICY = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"


def route(user: Proxy, scripts: dict[str | None, object] | None = None, *, network: bool = True) -> str:
    return in_force(Pretence(user=user, scripts=scripts or {}), Options(network=network), URL)


@pytest.mark.parametrize(
    ("server", "way"),
    [
        ("", "DIRECT"),
        ("proxy.corp:8080", "PROXY proxy.corp:8080"),
        ("http://proxy.corp:8080/", "PROXY proxy.corp:8080"),
        ("http=one.corp:80;https=two.corp:8443", "PROXY two.corp:8443"),
        ("http=one.corp:80; HTTPS=two.corp:8443", "PROXY two.corp:8443"),
        ("http=one.corp:80 https=two.corp:8443", "PROXY two.corp:8443"),
        ("http=one.corp:80;ftp=two.corp:21", "DIRECT"),
        ("one.corp:80 two.corp:81", "PROXY one.corp:80"),
        ("proxy.corp", "PROXY proxy.corp:80"),
        ("http://bob:hunter2@proxy.corp:3128", "PROXY proxy.corp:3128"),
    ],
)
def test_a_named_proxy_is_told_by_host_and_port(server: str, way: str) -> None:
    assert route(Proxy(server=server)) == way


@pytest.mark.parametrize(
    ("bypass", "direct"),
    [
        ("*.google.com", True),
        ("*.GOOGLE.com", True),
        ("<local>; accounts.google.com", True),
        ("https://accounts.google.com", True),
        ("*", True),
        ("google.com", False),
        ("<local>", False),
        ("", False),
    ],
)
def test_exceptions_go_past_the_proxy(bypass: str, direct: bool) -> None:
    assert (route(Proxy(server="proxy.corp:8080", bypass=bypass)) == "DIRECT") is direct


def test_local_names_are_those_without_a_dot() -> None:
    assert bypassed("intranet", "<local>")
    assert not bypassed("intranet.corp", "<local>")


def test_a_script_goes_before_the_named_proxy_and_its_first_answer_counts() -> None:
    told = Proxy(auto_config_url=PAC, server="proxy.corp:8080")
    assert route(told, {PAC: "PROXY a.corp:1; PROXY b.corp:2; DIRECT"}) == "PROXY a.corp:1"
    assert route(told, {PAC: "PROXY a.corp:1 b.corp:2"}) == "PROXY a.corp:1"
    assert route(told, {PAC: "DIRECT"}) == "DIRECT"


def test_detection_goes_before_the_script_and_what_fails_is_passed_over() -> None:
    told = Proxy(auto_detect=True, auto_config_url=PAC, server="proxy.corp:8080")
    assert route(told, {None: "PROXY wpad.corp:1", PAC: "PROXY a.corp:1"}) == "PROXY wpad.corp:1"
    assert route(told, {PAC: "PROXY a.corp:1"}) == "PROXY a.corp:1"
    assert route(told) == "PROXY proxy.corp:8080"
    assert route(Proxy(auto_detect=True)) == "DIRECT"


def test_without_the_network_a_script_is_not_asked_and_nothing_is_guessed() -> None:
    with pytest.raises(NotTaken) as refused:
        route(Proxy(auto_config_url=PAC, server="proxy.corp:8080"), {PAC: "DIRECT"}, network=False)
    assert refused.value.outcome is Outcome.SKIPPED
    assert route(Proxy(server="proxy.corp:8080"), network=False) == "PROXY proxy.corp:8080"


def test_what_the_settings_come_to_is_told_for_the_sign_in_page() -> None:
    windows = Pretence(user=Proxy(server="proxy.corp:8080"))
    assert proxy(windows, Options(network=False))["resolved"] == [{"url": URL, "via": "PROXY proxy.corp:8080"}]


@pytest.mark.parametrize(("number", "told"), [(0, True), (1, False), (None, None)])
def test_a_policy_that_makes_the_machines_proxy_count_is_told(number: int | None, told: bool | None) -> None:
    keys = {} if number is None else {POLICY: (Value("ProxySettingsPerUser", 4, number.to_bytes(4, "little")),)}
    assert proxy(Pretence(keys=keys), Options(network=False))["policy"] == {"per_machine": told}
