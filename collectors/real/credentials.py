"""The names in the Credential Manager of whoever runs. Secrets are not looked at."""

from __future__ import annotations

import ctypes
from typing import Any

from collectors.real.calls import BOOL, DWORD, NOT_FOUND, POINTER, TEXT, function, last_error, moment, refusal
from collectors.windows import Credential


class _Stored(ctypes.Structure):
    """CREDENTIALW. ``blob`` is the secret's address: it is never followed."""

    _fields_ = (
        ("flags", DWORD),
        ("kind", DWORD),
        ("target", TEXT),
        ("comment", TEXT),
        ("written_low", DWORD),
        ("written_high", DWORD),
        ("blob_bytes", DWORD),
        ("blob", POINTER),
        ("persist", DWORD),
        ("attribute_count", DWORD),
        ("attributes", POINTER),
        ("alias", TEXT),
        ("user_name", TEXT),
    )


class RunningCredentials:
    """CredEnumerate by the caller's own token: nobody else's credentials can be listed, whatever the rights."""

    def credentials(self) -> tuple[Credential, ...]:
        """All credentials, in the store's order; error 1168 means that there are none."""
        count, found = DWORD(), POINTER()
        call = function("advapi32", "CredEnumerateW", BOOL, TEXT, DWORD, POINTER, POINTER)
        if not call(None, 0, ctypes.byref(count), ctypes.byref(found)):
            error = last_error()
            if error == NOT_FOUND:
                return ()
            raise refusal("the credential store", error)
        try:
            each = ctypes.cast(found, ctypes.POINTER(ctypes.POINTER(_Stored)))
            return tuple(_named(each[index].contents) for index in range(count.value))
        finally:
            function("advapi32", "CredFree", None, POINTER)(found)


def _named(stored: Any) -> Credential:
    return Credential(
        target=stored.target or "",
        kind=stored.kind,
        persist=stored.persist,
        user_name=stored.user_name,
        written_utc=moment(stored.written_high << 32 | stored.written_low),
        blob_bytes=stored.blob_bytes,
    )
