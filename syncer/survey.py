"""What did earlier exports leave in a vault, and which settings go on with it?

    survey(vault)
    Survey(notes=1969, exported=1235, folder="Readwise/{{ category | capitalize }}", look="seed",
           plugin=PluginState(…))

The look is that of most exported notes: `seed` begins with front matter and has no `- Category:` line, `readwise` with
a title line and has one (Readwise's stock templates); anything else is `own`, and no note at all is "".

Guarantees: nothing is written; at most `MOST_READ` notes are opened, spread evenly over the vault. What a note says of
its book is `identity`'s question, what the plug-in knows `plugin.py`'s; `syncer init` asks with what is proposed here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from syncer.identity import read_facts
from syncer.left_alone import is_left_alone
from syncer.model import NotePath
from syncer.plugin import PluginState, plugin_map
from syncer.vault import NotRead, Vault

MOST_READ = 2_000
"""Notes; enough to know how a vault looks, and read in about a second."""

MOST = 0.6
"""So much of the exported notes must agree before it is proposed."""

CATEGORY_FOLDERS = frozenset(("Articles", "Books", "Tweets", "Podcasts", "Supplementals"))
"""What Readwise's own export calls its folders, when it groups by category."""

USUAL_FOLDER = "Readwise"
BY_CATEGORY = "{{ category | capitalize }}"

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_CATEGORY = re.compile(r"^- Category: #", re.MULTILINE)


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: how many notes, how many of them an export wrote, the folder and look that go on with them."""

    notes: int
    exported: int
    folder: str
    look: str
    plugin: PluginState


def survey(vault: Vault) -> Survey:
    """Look through a vault; raise OSError where the vault itself cannot be listed."""
    plugin = plugin_map(vault)
    paths = sorted(vault.scan([""], leave_alone=is_left_alone).stamps)
    step = max(1, -(-len(paths) // MOST_READ))
    exported: list[NotePath] = []
    looks: Counter[str] = Counter()
    for path in paths[::step]:
        data = _read(vault, path)
        if data and read_facts(path, data=data).exported:
            exported.append(path)
            looks[look_of(data.decode("utf-8", "replace"))] += 1
    look, _ = looks.most_common(1)[0] if looks else ("", 0)
    folder = proposed_folder(exported or sorted(map(NotePath, plugin.paths)), plugin_folder=plugin.folder)
    return Survey(notes=len(paths), exported=len(exported) * step, folder=folder, look=look, plugin=plugin)


def look_of(text: str) -> str:
    """Return which set of templates an exported note looks like: `seed`, `readwise` or `own`."""
    head = _FRONT_MATTER.match(text)
    body = text[head.end() :] if head else text
    has_title = body.lstrip("\ufeff\r\n").startswith("# ")
    has_category = _CATEGORY.search(body) is not None
    if head and not has_title and not has_category:
        return "seed"
    return "readwise" if not head and has_title and has_category else "own"


def proposed_folder(paths: Sequence[NotePath], *, plugin_folder: str) -> str:
    """Return the folder for new notes, as `vault.folder` takes it: where the exported notes lie."""
    folders = [path.split("/")[:-1] for path in paths]
    base: list[str] = [part for part in plugin_folder.split("/") if part not in ("", ".")]
    if not base:
        base = _most_common(folders)
    inside = [folder[len(base) :] for folder in folders if folder[: len(base)] == base]
    grouped = sum(bool(rest) and rest[0] in CATEGORY_FOLDERS for rest in inside)
    if any(part.startswith(".") or "{" in part for part in base):
        return USUAL_FOLDER
    if inside and grouped >= MOST * len(inside):
        return "/".join([*base, BY_CATEGORY])
    return "/".join(base) or USUAL_FOLDER


def _most_common(folders: Sequence[list[str]]) -> list[str]:
    """Return the deepest folder that holds most of them; the category is not part of it."""
    base: list[str] = []
    while inside := [
        folder[len(base)] for folder in folders if folder[: len(base)] == base and len(folder) > len(base)
    ]:
        name, times = Counter(inside).most_common(1)[0]
        if times < MOST * len(folders) or name in CATEGORY_FOLDERS:
            break
        base.append(name)
    return base


def _read(vault: Vault, path: NotePath) -> bytes:
    """Return a note's bytes, nothing where it cannot be read right now."""
    try:
        text = vault.look(path)
    except (NotRead, OSError):
        return b""
    return text.data if text else b""
