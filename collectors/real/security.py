"""The products that the Security Center knows, asked by COM."""

from __future__ import annotations

import ctypes
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from collectors.real.calls import DWORD, POINTER, TEXT, function, refusal
from collectors.windows import Product

# Source: Microsoft, iwscapi.h: both interfaces are IDispatch (seven methods) with their own after them.
_LIST_CLASS = uuid.UUID("17072F7B-9ABE-4A74-A261-1EB76B55107A").bytes_le
_LIST = uuid.UUID("722A338C-6E8E-4E72-AC27-1417FB0C81C2").bytes_le
_GUID = ctypes.c_char_p  # its sixteen bytes
_IN_PROCESS = 1
_RELEASE, _INITIALIZE, _COUNT, _ITEM = 2, 7, 8, 9
_NAME, _STATE = 7, 8
_KINDS = {1: "firewall", 4: "antivirus", 8: "antispyware"}
_STATES = {0: "on", 1: "off", 2: "snoozed", 3: "expired"}


class RunningSecurity:
    """IWSCProductList, which needs no rights."""

    def security_products(self) -> tuple[Product, ...]:
        """Products by kind, in the Security Center's order."""
        begun = function("ole32", "CoInitializeEx", ctypes.c_int32, POINTER, DWORD)(None, 0)
        try:
            return tuple(product for kind in _KINDS for product in _products(kind))
        finally:
            if begun >= 0:
                function("ole32", "CoUninitialize", None)()


def _products(kind: int) -> Iterator[Product]:
    with _made() as listed:
        _called(listed, _INITIALIZE, (ctypes.c_uint32, kind))
        count = ctypes.c_int32()
        _called(listed, _COUNT, (POINTER, ctypes.byref(count)))
        for index in range(count.value):
            item = POINTER()
            _called(listed, _ITEM, (ctypes.c_uint32, index), (POINTER, ctypes.byref(item)))
            with _released(item) as product:
                yield Product(_name(product), _KINDS[kind], _state(product))


@contextmanager
def _made() -> Iterator[Any]:
    create = function("ole32", "CoCreateInstance", ctypes.c_int32, _GUID, POINTER, DWORD, _GUID, POINTER)
    made = POINTER()
    code = create(_LIST_CLASS, None, _IN_PROCESS, _LIST, ctypes.byref(made))
    if code < 0:
        raise refusal("the Security Center", code)
    with _released(made) as listed:
        yield listed


@contextmanager
def _released(interface: Any) -> Iterator[Any]:
    try:
        yield interface
    finally:
        _method(interface, _RELEASE, ctypes.c_uint32)(interface)


def _method(interface: Any, slot: int, result: Any, *types: Any) -> Any:
    """A method by its place in the interface's table."""
    table = ctypes.cast(interface, ctypes.POINTER(ctypes.POINTER(POINTER)))[0]
    return vars(ctypes)["WINFUNCTYPE"](result, POINTER, *types)(table[slot])


def _called(interface: Any, slot: int, *arguments: tuple[Any, Any]) -> None:
    code = _method(interface, slot, ctypes.c_int32, *(kind for kind, _ in arguments))(
        interface, *(value for _, value in arguments)
    )
    if code < 0:
        raise refusal("the Security Center", code)


def _name(product: Any) -> str:
    text = TEXT()
    _called(product, _NAME, (POINTER, ctypes.byref(text)))
    try:
        return text.value or ""
    finally:
        function("oleaut32", "SysFreeString", None, POINTER)(text)


def _state(product: Any) -> str:
    state = ctypes.c_int32()
    _called(product, _STATE, (POINTER, ctypes.byref(state)))
    return _STATES.get(state.value, str(state.value))
