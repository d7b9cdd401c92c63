"""Adapters, names and proxies as Windows has them."""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from collectors.real.calls import BOOL, DWORD, HANDLE, POINTER, TEXT, function, last_error, refusal
from collectors.windows import Adapter, NotTaken, Outcome, Proxy

# Source: Microsoft, iptypes.h, windns.h, winhttp.h.
_SKIP = 0x1 | 0x2 | 0x4  # no unicast, anycast, multicast addresses
_OVERFLOW = 111
_LOOPBACK, _UP = 24, 1
_A, _MX, _AAAA = 1, 15, 28
_CACHE_ONLY = 0x10
_NO_SUCH = (9003, 9501, 9701)  # no such name, no records, not in the cache
_NO_SETTINGS = 2
_NAMED_PROXY = 3
_AUTO_DETECT, _CONFIG_URL = 0x1, 0x2
_BY_DHCP_AND_DNS = 0x1 | 0x2
_STEP_MS = 3000

_T = TypeVar("_T")


class RunningNetwork:
    """What the DNS client, WinHTTP and the adapters say."""

    def adapters(self) -> tuple[Adapter, ...]:
        """Adapters with their name servers."""
        call = function("iphlpapi", "GetAdaptersAddresses", DWORD, DWORD, DWORD, POINTER, POINTER, POINTER)
        size = DWORD(32768)
        for _ in range(4):
            room = ctypes.create_string_buffer(size.value)
            code = call(0, _SKIP, None, room, ctypes.byref(size))
            if code != _OVERFLOW:
                break
        if code:
            raise refusal("the adapters", code)
        return tuple(_adapters(ctypes.addressof(room)))

    def cached_addresses(self, name: str) -> tuple[str, ...]:
        """IPv4 and IPv6 addresses out of the cache alone."""
        kinds = ((_A, socket.AF_INET, 4), (_AAAA, socket.AF_INET6, 16))
        return tuple(
            address
            for kind, family, length in kinds
            for address in _records(name, kind, _CACHE_ONLY, partial(_address, family, length))
        )

    def mail_exchangers(self, domain: str) -> tuple[str, ...]:
        """MX hosts by preference."""
        return tuple(name for _, name in sorted(_records(domain, _MX, 0, _exchanger)))

    def winhttp_proxy(self) -> Proxy:
        """WinHttpGetDefaultProxyConfiguration."""
        told = (POINTER * 3)()
        if not function("winhttp", "WinHttpGetDefaultProxyConfiguration", BOOL, POINTER)(told):
            raise refusal("the proxy of WinHTTP", last_error())
        access = ctypes.cast(told, ctypes.POINTER(DWORD))[0]
        server, bypass = _taken(told[1]), _taken(told[2])
        return Proxy(server=server, bypass=bypass) if access == _NAMED_PROXY else Proxy()

    def user_proxy(self) -> Proxy:
        """WinHttpGetIEProxyConfigForCurrentUser; error 2 means that nothing is set, as of the system's account."""
        told = (POINTER * 4)()
        if not function("winhttp", "WinHttpGetIEProxyConfigForCurrentUser", BOOL, POINTER)(told):
            error = last_error()
            if error == _NO_SETTINGS:
                return Proxy()
            raise refusal("the user's proxy", error)
        detect = ctypes.cast(told, ctypes.POINTER(BOOL))[0]
        return Proxy(bool(detect), _taken(told[1]), _taken(told[2]), _taken(told[3]))

    def proxy_for(self, url: str, pac: str | None) -> str:
        """WinHttpGetProxyForUrl with this script, or with what DHCP and DNS name."""
        opened = function("winhttp", "WinHttpOpen", HANDLE, TEXT, DWORD, TEXT, TEXT, DWORD)(None, 1, None, None, 0)
        if not opened:
            raise refusal("WinHTTP", last_error())
        try:
            _hurry(opened)
            return _proxy_for(opened, url, pac)
        finally:
            function("winhttp", "WinHttpCloseHandle", BOOL, HANDLE)(opened)


def _adapters(address: int) -> Iterator[Adapter]:
    """IP_ADAPTER_ADDRESSES on 64-bit Windows: next at 8, name servers at 48, texts at 64 and 72, type and state at 100.

    Source: Microsoft, iptypes.h.
    """
    while address:
        data = ctypes.string_at(address, 112)
        following, servers, description, name = (struct.unpack_from("<Q", data, at)[0] for at in (8, 48, 64, 72))
        kind, state = struct.unpack_from("<II", data, 100)
        if kind != _LOOPBACK:
            found = tuple(_servers(servers))
            yield Adapter(ctypes.wstring_at(name), ctypes.wstring_at(description), state == _UP, found)
        address = following


def _servers(address: int) -> Iterator[str]:
    """A list of SOCKET_ADDRESS: next at 8, the address's place at 16."""
    while address:
        following, place = struct.unpack_from("<QQ", ctypes.string_at(address, 24), 8)
        family = struct.unpack("<H", ctypes.string_at(place, 2))[0]
        if family == 2:
            yield socket.inet_ntop(socket.AF_INET, ctypes.string_at(place + 4, 4))
        elif family == 23:
            yield socket.inet_ntop(socket.AF_INET6, ctypes.string_at(place + 8, 16))
        address = following


def _records(name: str, kind: int, options: int, read: Callable[[bytes], _T]) -> list[_T]:
    """What ``read`` makes of a name's records of one type, while they are there; none when there is no such name."""
    found = POINTER()
    call = function("dnsapi", "DnsQuery_W", ctypes.c_int32, TEXT, ctypes.c_uint16, DWORD, POINTER, POINTER, POINTER)
    code = call(name, kind, options, None, ctypes.byref(found), None)
    if code in _NO_SUCH:
        return []
    if code:
        raise refusal(f"the look-up of {name}", code)
    try:
        return [read(data) for data in _record_data(found.value or 0, kind)]
    finally:
        function("dnsapi", "DnsFree", None, POINTER, ctypes.c_int)(found, 1)


def _record_data(address: int, kind: int) -> Iterator[bytes]:
    """DNS_RECORDW on 64-bit Windows: next at 0, type and length of the data at 16, data at 32."""
    while address:
        following, found, length = struct.unpack("<Q8xHH", ctypes.string_at(address, 20))
        if found == kind:
            yield ctypes.string_at(address + 32, length)
        address = following


def _address(family: int, length: int, data: bytes) -> str:
    return socket.inet_ntop(family, data[:length])


def _exchanger(data: bytes) -> tuple[int, str]:
    """DNS_MX_DATAW: the name's address, then the preference."""
    address, preference = struct.unpack_from("<QH", data)
    return preference, ctypes.wstring_at(address) if address else ""


def _taken(address: int | None) -> str:
    """A text that WinHTTP made for the caller, freed."""
    if not address:
        return ""
    text = ctypes.wstring_at(address)
    function("kernel32", "GlobalFree", POINTER, POINTER)(address)
    return text


class _AutoProxy(ctypes.Structure):
    """WINHTTP_AUTOPROXY_OPTIONS."""

    _fields_ = (
        ("flags", DWORD),
        ("detect", DWORD),
        ("url", TEXT),
        ("reserved", POINTER),
        ("reserved_too", DWORD),
        ("log_on", BOOL),
    )


def _hurry(session: Any) -> None:
    """Wait for a script's answer no longer than the sum of these four; Windows' own would be two minutes.

    Source: Microsoft, "WinHttpSetTimeouts"; that their sum bounds the proxy service, Chromium's proxy_resolver_winhttp.
    """
    call = function("winhttp", "WinHttpSetTimeouts", BOOL, HANDLE, *[ctypes.c_int] * 4)
    if not call(session, *[_STEP_MS] * 4):
        raise refusal("WinHTTP", last_error())


def _proxy_for(session: Any, url: str, pac: str | None) -> str:
    asked = _AutoProxy(flags=_CONFIG_URL, url=pac) if pac else _AutoProxy(flags=_AUTO_DETECT, detect=_BY_DHCP_AND_DNS)
    told = (POINTER * 3)()
    call = function("winhttp", "WinHttpGetProxyForUrl", BOOL, HANDLE, TEXT, POINTER, POINTER)
    if not call(session, url, ctypes.byref(asked), told):
        error = last_error()
        if error == 12180:
            raise NotTaken(Outcome.MISSING, "no proxy script was found by automatic detection (12180)")
        raise refusal("the proxy script", error)
    access = ctypes.cast(told, ctypes.POINTER(DWORD))[0]
    server, _ = _taken(told[1]), _taken(told[2])
    return f"PROXY {server}" if access == _NAMED_PROXY and server else "DIRECT"
