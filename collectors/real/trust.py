"""Whether Windows trusts a chain of certificates for a host."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from collectors.real.calls import BOOL, DWORD, HANDLE, POINTER, TEXT, function, last_error, refusal
from collectors.windows import Trust

# Source: Microsoft, wincrypt.h: CERT_CHAIN_*, CERT_TRUST_*, CERT_CHAIN_POLICY_SSL, AUTHTYPE_SERVER.
_DER = 0x1
_MEMORY, _NEW = b"Memory", 0x2000
_ADD_ALWAYS = 4
# no retrieval, no revocation lists, no root fetched into the machine's store: asking must change nothing
_NO_NETWORK = 0x4 | 0x80000000 | 0x100
_SSL, _SERVER = 4, 2
_SERVER_USE = b"1.3.6.1.5.5.7.3.1"
# the worst first: what is distrusted by name stays so whatever its dates
_FAULTS = {
    0x04000000: "explicitly distrusted",
    0x4: "CRYPT_E_REVOKED (0x80092010)",
    0x8: "TRUST_E_CERT_SIGNATURE (0x80096004)",
    0x20: "CERT_E_UNTRUSTEDROOT (0x800B0109)",
    0x10000: "CERT_E_CHAINING (0x800B010A)",
    0x1: "CERT_E_EXPIRED (0x800B0101)",
    0x10: "CERT_E_WRONG_USAGE (0x800B0110)",
}
_POLICY_FAULTS = {0x800B010F: "CERT_E_CN_NO_MATCH (0x800B010F)", 0x800B0101: "CERT_E_EXPIRED (0x800B0101)"}


class _Purposes(ctypes.Structure):
    """CERT_ENHKEY_USAGE."""

    _fields_ = (("count", DWORD), ("texts", POINTER))


class _Usage(ctypes.Structure):
    """CERT_USAGE_MATCH: a certificate for all of these purposes."""

    _fields_ = (("kind", DWORD), ("purposes", _Purposes))


class _Wanted(ctypes.Structure):
    """CERT_CHAIN_PARA."""

    _fields_ = (("size", DWORD), ("usage", _Usage))


class _SslPolicy(ctypes.Structure):
    """SSL_EXTRA_CERT_CHAIN_POLICY_PARA."""

    _fields_ = (("size", DWORD), ("role", DWORD), ("checks", DWORD), ("host", TEXT))


class _Policy(ctypes.Structure):
    """CERT_CHAIN_POLICY_PARA."""

    _fields_ = (("size", DWORD), ("flags", DWORD), ("extra", POINTER))


class _Status(ctypes.Structure):
    """CERT_CHAIN_POLICY_STATUS."""

    _fields_ = (("size", DWORD), ("error", DWORD), ("chain", ctypes.c_long), ("element", ctypes.c_long), ("x", POINTER))


class RunningTrust:
    """CertGetCertificateChain and the policy for servers."""

    def trust(self, chain: Sequence[bytes], host: str) -> Trust:
        """The first of what is wrong: with the chain, then with the host's name."""
        with _store() as store:
            certificates = [_added(store, data) for data in chain]
            try:
                return _judged(store, certificates[0], host)
            finally:
                for certificate in certificates:
                    function("crypt32", "CertFreeCertificateContext", BOOL, POINTER)(certificate)


@contextmanager
def _store() -> Iterator[Any]:
    """A store in memory: nothing is put into the machine's own."""
    call = function("crypt32", "CertOpenStore", HANDLE, ctypes.c_char_p, DWORD, HANDLE, DWORD, POINTER)
    store = call(_MEMORY, 0, None, _NEW, None)
    if not store:
        raise refusal("a store for certificates", last_error())
    try:
        yield store
    finally:
        function("crypt32", "CertCloseStore", BOOL, HANDLE, DWORD)(store, 0)


def _added(store: Any, data: bytes) -> Any:
    """The certificate in the store, where the chain's building looks for issuers."""
    call = function(
        "crypt32", "CertAddEncodedCertificateToStore", BOOL, HANDLE, DWORD, ctypes.c_char_p, DWORD, DWORD, POINTER
    )
    context = POINTER()
    if not call(store, _DER, data, len(data), _ADD_ALWAYS, ctypes.byref(context)):
        raise refusal("a certificate", last_error())
    return context


def _judged(store: Any, leaf: Any, host: str) -> Trust:
    chain = _chain(store, leaf)
    try:
        faults = _faults(chain)
        return Trust(False, faults) if faults else _named(chain, host)
    finally:
        function("crypt32", "CertFreeCertificateChain", None, POINTER)(chain)


def _chain(store: Any, leaf: Any) -> Any:
    purposes = (ctypes.c_char_p * 1)(_SERVER_USE)
    wanted = _Wanted(ctypes.sizeof(_Wanted), _Usage(0, _Purposes(1, ctypes.addressof(purposes))))
    call = function(
        "crypt32", "CertGetCertificateChain", BOOL, HANDLE, POINTER, POINTER, HANDLE, POINTER, DWORD, POINTER, POINTER
    )
    chain = POINTER()
    if not call(None, leaf, None, store, ctypes.byref(wanted), _NO_NETWORK, None, ctypes.byref(chain)):
        raise refusal("CertGetCertificateChain", last_error())
    return chain


def _faults(chain: Any) -> str | None:
    """CERT_CHAIN_CONTEXT begins with its size and TrustStatus.dwErrorStatus."""
    status = ctypes.cast(chain, ctypes.POINTER(DWORD))[1]
    known = [words for bit, words in _FAULTS.items() if status & bit]
    return "; ".join(known) or f"trust status {status:#010x}" if status else None


def _named(chain: Any, host: str) -> Trust:
    """The policy for servers: the name that was asked for must be in the certificate."""
    extra = _SslPolicy(ctypes.sizeof(_SslPolicy), _SERVER, 0, host)
    policy = _Policy(ctypes.sizeof(_Policy), 0, ctypes.addressof(extra))
    status = _Status(ctypes.sizeof(_Status))
    call = function("crypt32", "CertVerifyCertificateChainPolicy", BOOL, POINTER, POINTER, POINTER, POINTER)
    if not call(_SSL, chain, ctypes.byref(policy), ctypes.byref(status)):
        raise refusal("CertVerifyCertificateChainPolicy", last_error())
    if not status.error:
        return Trust(True)
    return Trust(False, _POLICY_FAULTS.get(status.error, f"policy status {status.error:#010x}"))
