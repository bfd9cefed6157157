"""Each message that can end a command says what happened and where, and how to go on; the catalogue has them all."""

from __future__ import annotations

import re

import pytest

from tests.catalogue import DOCUMENT, GAP, PARTS, ROOT, Said, document, said

MODULES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "syncer").rglob("*.py"))
PROPER = ("Readwise", "HTTPS_PROXY", "READWISE_TOKEN_FILE", "PYTHON_KEYRING_BACKEND", "macOS", "Obsidian")
"""What may begin a message with a capital letter, since it is a name."""


def faults(one: Said) -> list[str]:
    """Return what a message lacks."""
    found = []
    words = one.what.lstrip(f'{GAP} :"')
    if not words[:1].islower() and words[:1].isalpha() and not words.startswith(PROPER):
        found.append("begins with a capital letter")
    if re.search(r"[.!]$", one.what) or re.search(r"[^.]\.$", one.hint):
        found.append("ends with a full stop")
    if one.kind != "Interrupted" and not one.hint.strip():
        found.append("does not say how to go on")
    if re.search(r"\b(?:failed|error|invalid|oops|sorry|please)\b", one.what) and GAP not in one.what:
        found.append("says that something failed, and not what")
    if one.hint and one.hint.strip(f"{GAP} ") == one.what.strip(f"{GAP} ") != "":
        found.append("says the same twice")
    return found


@pytest.mark.parametrize("module", MODULES)
def test_each_message_of_a_module_says_what_and_how_to_go_on(module: str) -> None:
    messages = [one for one in said(module, (ROOT / module).read_text(encoding="utf-8")) if one.kind not in PARTS]
    assert [(one, faults(one)) for one in messages if faults(one)] == []


def test_the_catalogue_is_the_sources() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "make it anew: make generated"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("raise VaultError(f'The vault {x} is gone', hint='mount it')", "begins with a capital letter"),
        ("raise VaultError('the vault is gone.', hint='mount it')", "ends with a full stop"),
        ("raise VaultError(f'the vault {x} is gone')", "does not say how to go on"),
        ("def f():\n    what = f'{x} is gone'\n    raise VaultError(what)", "does not say how to go on"),
        ("raise UsageError('invalid value', hint='write another')", "says that something failed"),
    ],
)
def test_a_message_that_lacks_something_is_found(source: str, told: str) -> None:
    (one,) = said("syncer/x.py", source)
    assert any(told in fault for fault in faults(one)), one


def test_the_words_of_a_message_are_found_wherever_they_stand() -> None:
    source = (
        "HINT = 'mount ' + 'it'\n"
        "def f():\n    hint = f'first {x}'\n    raise VaultError(f'the vault {x} is {y:.1f} gone', hint=hint)\n"
        "def g():\n    raise TokenError(message, hint=HINT)\n"
        "def h():\n    hint = 'a'\n    raise TokenError('one', hint=hint)\n    hint = 'b'\n"
        "    raise TokenError('two', hint=HINT if x else hint)\n"
    )
    assert [(one.what, one.hint) for one in said("x.py", source)] == [
        (f"the vault {GAP} is {GAP} gone", f"first {GAP}"),
        ("one", "a"),
        ("two", "mount it"),
    ]
