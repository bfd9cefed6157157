"""Which templates make a note, and what is wrong with them?

    seed                       the shipped default, the format of docs/format.md
    readwise                   Readwise's own stock templates
    ~/my-templates/            a folder with any of
        page_title.md  metadata.md  highlights_header.md  highlight.md  yaml_front_matter.md  updated_header.md

A part that the folder lacks is the seed's; an empty file switches its part off. All but the last are Readwise's
parts, in Jinja2, so templates that were made for Readwise's export go in unchanged; `yaml-front-matter.j2`,
`Page Title.txt` and `front_matter.md` are found too. Guarantees: what `load_templates` returns has been
compiled and tried with a made-up book, or the ConfigError names every mistake with its file, line and
variable (the shipped sets are tried by the tests); after that no file is read. What a template may do is in
template_limits.py, which values it gets in values.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from syncer.errors import ConfigError
from syncer.template_time import LONGEST_TIME, OutOfTime, time_limit
from syncer.template_trial import trial_values

if TYPE_CHECKING:
    from jinja2 import Template

    from syncer.template_limits import Sandbox
    from syncer.values import Values

PARTS = ("yaml_front_matter", "page_title", "metadata", "highlights_header", "highlight", "updated_header")
"""The parts in the order in which a note has them; a later part is one more name here and one more field below."""

SHIPPED = ("seed", "readwise")
_ENDINGS = frozenset({"", ".md", ".j2", ".jinja", ".jinja2", ".txt", ".html"})
_OTHER_NAMES = {
    "front_matter": "yaml_front_matter",
    "frontmatter": "yaml_front_matter",
    "yaml": "yaml_front_matter",
}
_LONGEST_FILE = 1_000_000


class Part:
    """One compiled template: values in, text out; a mistake is a ConfigError that names file, line and variable."""

    def __init__(self, environment: Sandbox, name: str) -> None:
        self.name = name
        self._template: Template = environment.get_template(name)
        self._globals = dict(environment.globals)
        self._context = environment.context_class
        self._environment = environment
        self.dates_highlights = environment.mentions("highlight_date")

    def values(self, values: Mapping[str, object]) -> Values:
        """Return the values with what every template may use beside them, for `render`."""
        return {**self._globals, **values}

    def render(self, values: Values) -> str:
        """Return the text that the part makes of values that `values` has prepared."""
        return self.renderer(values)()

    def renderer(self, values: Values) -> Callable[[], str]:
        """Return a function that renders these values as they are whenever it is called: one context for all."""
        context = self._context(self._environment, values, self.name, self._template.blocks)
        function = self._template.root_render_func

        def rendered() -> str:
            if context.vars:  # what the template has set for itself the last time
                context.vars.clear()
                context.exported_vars.clear()
            try:
                return self._environment.encodable("".join(function(context)))
            except OutOfTime:
                raise
            except Exception as error:  # whatever a template does, its author is told where
                raise _problem(error, self.name) from error

        return rendered


class Templates:
    """The parts of a note, each made when it is first asked for: a section needs two of them."""

    yaml_front_matter: Part
    page_title: Part
    metadata: Part
    highlights_header: Part
    highlight: Part
    updated_header: Part

    def __init__(self, make: Callable[[str], Part]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Part:
        if name not in PARTS:
            raise AttributeError(name)
        part = self._make(name)
        setattr(self, name, part)
        return part


class PathTemplates(msgspec.Struct, frozen=True):
    """The templates of `vault.folder` and `vault.file_name`."""

    folder: Part
    file_name: Part

    def render(self, values: Mapping[str, object]) -> tuple[str, str]:
        """Return folder and name as the templates say, not yet fit for a disk (names.py does that)."""
        with limited(self.folder.name):
            return self.folder.render(self.folder.values(values)), self.file_name.render(self.file_name.values(values))


@contextmanager
def limited(where: str) -> Iterator[None]:
    """Give what is rendered inside as long as one note may take; `where` names the note's template in the error."""
    try:
        with time_limit(LONGEST_TIME):
            yield
    except OutOfTime as error:
        raise _problem(error, where) from None


def of_allowed_size(note: str) -> str:
    """Return a note, or raise ConfigError where templates made it longer than a note may be."""
    from syncer.template_limits import LONGEST_NOTE

    if len(note) > LONGEST_NOTE:
        what = f"the templates made a note of more than {LONGEST_NOTE // 1_000_000} MB"
        raise ConfigError(what, hint="try them with: syncer template check")
    return note


def load_templates(choice: str, *, base: Path) -> Templates:
    """Return the templates named `choice`: "seed", "readwise" or a folder, relative to `base` where it is."""
    sources = {f"{part}.md": text for part, text in _shipped("seed").items()}
    names = {part: f"{part}.md" for part in PARTS}
    if choice in SHIPPED:
        sources |= {f"{part}.md": text for part, text in _shipped(choice).items()}
        wanted = _wanted(sources, names)
        return Templates(lambda part: Part(*wanted[part]))
    folder = base / Path(choice).expanduser()
    own, own_names = _read_folder(folder)
    return _compiled(sources | own, names | own_names, where=str(folder))


def load_path_templates(
    folder: str, file_name: str, *, where: Callable[[str], str] = lambda key: "configuration"
) -> PathTemplates:
    """Return the templates of `vault.folder` and `vault.file_name`, or a ConfigError that names where the key is."""
    from syncer.template_limits import sandbox

    keys = {"vault.folder": folder, "vault.file_name": file_name}
    environment = sandbox(keys, for_yaml=False)
    parts, mistakes = _tried({key: (environment, key) for key in keys})
    _refuse(mistakes, where)
    return PathTemplates(parts["vault.folder"], parts["vault.file_name"])


def part_of(file: str) -> str | None:
    """Return which part a file of a template folder is, by its name; None where it is none."""
    stem, dot, ending = file.partition(".")
    known = all(f".{piece}" in _ENDINGS for piece in ending.lower().split(".")) if dot else True
    name = re.sub(r"[\s_-]+", "_", stem.strip()).lower()
    name = _OTHER_NAMES.get(name, name)
    return name if known and name in PARTS else None


def template_texts(choice: str, *, base: Path) -> Mapping[str, str]:
    """Return the texts of a set by file name, to be printed or to begin a set with; raise ConfigError."""
    if choice in SHIPPED:
        return {f"{part}.md": text for part, text in _shipped(choice).items()}
    return _read_folder(base / Path(choice).expanduser())[0]


@cache
def _shipped(choice: str) -> Mapping[str, str]:
    folder = Path(__file__).with_name("templates") / choice
    return {part: (folder / f"{part}.md").read_text(encoding="utf-8") for part in PARTS}


def _read_folder(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return a folder's texts by file name, and which file is which part."""
    if not folder.is_dir():
        known = " or ".join(f'"{name}"' for name in SHIPPED)
        raise ConfigError(f"note.template: there is no folder {folder}", hint=f"name a folder, or use {known}")
    sources: dict[str, str] = {}
    names: dict[str, str] = {}
    for path in _files(folder):
        part = part_of(path.name)
        if part in names:
            both = f"both {names[part]} and {path.name} are the {part} part"
            raise ConfigError(f"note.template: {folder}: {both}", hint="keep one of them there")
        if part is not None:
            names[part] = path.name
        sources[path.name] = _read(path)
    if not names:
        looked_for = ", ".join(f"{part}.md" for part in PARTS)
        raise ConfigError(f"note.template: {folder} has no template", hint=f"it may have any of {looked_for}")
    return sources, names


def _files(folder: Path) -> list[Path]:
    """Return what may be a template or included by one, in a fixed order."""
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        hint = "name a folder that can be read"
        raise ConfigError(f"note.template: {folder}: {error.strerror}", hint=hint) from error
    return [path for path in found if path.name[0] != "." and path.suffix.lower() in _ENDINGS and path.is_file()]


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
        if len(data) > _LONGEST_FILE:
            limit = f"longer than {_LONGEST_FILE // 1_000_000} MB"
            raise ConfigError(
                f"note.template: {path}: {limit}", hint="a template has a few lines: is it the right file?"
            )
        return data.decode("utf-8-sig")
    except OSError as error:
        hint = "look at the file's permissions"
        raise ConfigError(f"note.template: {path}: {error.strerror}", hint=hint) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"note.template: {path}: not UTF-8 at byte {error.start}", hint="save it as UTF-8") from error


def _compiled(sources: Mapping[str, str], names: Mapping[str, str], *, where: str) -> Templates:
    parts, mistakes = _tried(_wanted(sources, names))
    _refuse(mistakes, lambda part: where)
    return Templates(parts.__getitem__)


def _wanted(sources: Mapping[str, str], names: Mapping[str, str]) -> dict[str, tuple[Sandbox, str]]:
    """Return for each part the environment in which it is compiled, and its name there."""
    from syncer.template_limits import sandbox

    text, yaml = sandbox(sources, for_yaml=False), sandbox(sources, for_yaml=True)
    return {part: (yaml if part == "yaml_front_matter" else text, names[part]) for part in PARTS}


def _tried(wanted: Mapping[str, tuple[Sandbox, str]]) -> tuple[dict[str, Part], dict[str, ConfigError]]:
    """Compile each template and try it with made-up books; return what works, and every mistake."""
    parts: dict[str, Part] = {}
    mistakes: dict[str, ConfigError] = {}
    for part, (environment, name) in wanted.items():
        try:
            parts[part] = _tried_part(environment, name, part)
        except ConfigError as mistake:
            mistakes[part] = mistake
    return parts, mistakes


def _tried_part(environment: Sandbox, name: str, part: str) -> Part:
    from jinja2 import TemplateError

    try:
        compiled = Part(environment, name)
    except TemplateError as error:
        raise _problem(error, name) from error
    with limited(name):
        for values in trial_values(part):
            compiled.render(compiled.values(values))
    return compiled


def _refuse(mistakes: Mapping[str, ConfigError], where: Callable[[str], str]) -> None:
    if mistakes:
        hints = list(dict.fromkeys(mistake.hint for mistake in mistakes.values() if mistake.hint))
        told = "\n".join(f"{where(part)}: {one.message}" for part, one in mistakes.items())
        raise ConfigError(told, hint="; ".join(hints))


def _problem(error: BaseException, name: str) -> ConfigError:
    """Return a template's mistake as an error that names file, line, what, and the nearest variable that there is."""
    from syncer.template_trial import nearest

    line = getattr(error, "lineno", None)
    if line is not None:  # a mistake of syntax names its own file
        name = getattr(error, "name", None) or name
    trace = error.__traceback__ if line is None else None
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            name, line = template.name or name, template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    what = str(error) or type(error).__name__
    place = f"{name}, line {line}" if line else name
    unknown = re.match(r"'(\w+)' is undefined|No filter named '(\w+)'", what)
    hint = nearest(unknown[1] or unknown[2], filters=bool(unknown[2])) if unknown else ""
    return ConfigError(f"template {place}: {what[:1].lower()}{what[1:].rstrip('.')}", hint=hint)
