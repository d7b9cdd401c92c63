"""The quoting rules of the shells that a fix step is pasted into, as far as our commands use them.

``parts`` takes a line apart as cmd.exe does at its prompt: operators count outside double quotes alone, ``%NAME%`` is
replaced inside them too. ``arguments`` takes a part apart as a program does that Windows starts. What either would read
in another way than it is written raises ``Misread``.

Source: cmd /? (&, &&, |, redirection, quotes, % at the prompt); learn.microsoft.com, "Parsing C command-line arguments"
(double quotes and backslashes); about_Quoting_Rules of PowerShell ($, ` and double quotes inside double quotes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

VARIABLES = {"LOCALAPPDATA", "SystemRoot", "PUBLIC", "TEMP", "USERPROFILE", "ProgramFiles", "windir"}
PROGRAMS = {
    *("cmdkey", "reg", "netsh", "tasklist", "sc", "net", "w32tm", "tzutil", "winget", "ipconfig", "nslookup", "copy"),
    *("notepad", "certutil", "gpresult", "gpupdate", "powershell", "control.exe", "wf.msc", "start"),
}
_OPERATORS = re.compile(r"&&|\|\||&|\||>>|>|<")


class Misread(Exception):
    """The shell would read something else than what is written."""


def parts(line: str) -> list[str]:
    """The commands of a line, redirections taken off."""
    if any(ord(letter) < 32 for letter in line):
        raise Misread("a control character ends the line")
    _check_variables(line)
    found, current, quoted, at = [], "", False, 0
    while at < len(line):
        operator = None if quoted else _OPERATORS.match(line, at)
        if operator:
            found.append((operator.group(), current))
            current, at = "", operator.end()
            continue
        if not quoted and line[at] in "^()":
            raise Misread(f"{line[at]!r} outside quotes")
        quoted ^= line[at] == '"'
        current, at = current + line[at], at + 1
    if quoted:
        raise Misread("a quote is left open")
    return _commands([*found, ("", current)])


def _check_variables(line: str) -> None:
    """Every ``%`` belongs to a variable that we mean."""
    for name in line.split("%")[1::2]:
        if name not in VARIABLES:
            raise Misread(f"%{name}% is replaced")
    if line.count("%") % 2:
        raise Misread("a % stands alone")


def _commands(found: list[tuple[str, str]]) -> list[str]:
    """What runs; the text behind a redirection is a file."""
    commands, is_file = [], False
    for operator, text in found:
        if not is_file:
            if not text.strip():
                raise Misread("an operator without a command")
            commands.append(text.strip())
        is_file = operator in (">", ">>", "<")
    return commands


def arguments(command: str) -> list[str]:
    """Program and arguments, as the program sees them."""
    return list(_arguments(command))


def _arguments(command: str) -> Iterator[str]:
    current, quoted, begun, at = "", False, False, 0
    while at < len(command):
        slashes = re.compile(r"\\*").match(command, at)
        count = len(slashes.group()) if slashes else 0
        at += count
        if at < len(command) and command[at] == '"':
            current += "\\" * (count // 2)
            current, quoted = (current + '"', quoted) if count % 2 else (current, not quoted)
            begun, at = True, at + 1
            continue
        current += "\\" * count
        begun = begun or count > 0
        if at < len(command) and command[at] in " \t" and not quoted:
            if begun:
                yield current
            current, begun = "", False
        elif at < len(command):
            current, begun = current + command[at], True
        at += 1
    if begun:
        yield current


def check(line: str) -> list[list[str]]:
    """The programs of a line with their arguments. Raises ``Misread`` for one that is not as it looks."""
    found = [arguments(part) for part in parts(line)]
    for program, *rest in found:
        name = program.lower().rpartition("\\")[2]
        if program.lower() not in {known.lower() for known in PROGRAMS} and not name.startswith("office"):
            raise Misread(f"{program} is no program that is meant")
        if program.lower() == "powershell":
            _check_powershell(rest)
    return found


def _check_powershell(rest: list[str]) -> None:
    """The script is one argument, and PowerShell replaces nothing in it."""
    if rest[:2] != ["-NoProfile", "-Command"] or len(rest) != 3:
        raise Misread("the script is not one argument")
    script = rest[2]
    if any(letter in script for letter in '$`"') or script.count("'") % 2:
        raise Misread("PowerShell replaces something, or a quote is left open")
