"""What the documents say is held against the program: commands, keys, defaults, codes, variables, links, examples."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from syncer import errors
from syncer.cli.arguments import build_parser
from syncer.config import KEYS, Config, load
from syncer.demo import BRIDGES_MOVED, OWN_LINE, RIVER
from syncer.first_run import example
from syncer.template import PARTS, part_of
from syncer.template_limits import sandbox
from syncer.template_trial import trial_values

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "tests" / "notes" / "demo"
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OF_THE_TESTS = {"--durations", "--patience"}
"""Options of pytest and tests.mutants that testing.md explains."""
EVERY_DOCUMENT = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks in this language."""
    return [found[2] for found in FENCE.finditer(text) if found[1] == language]


def prose(text: str) -> str:
    """Return a document without its code blocks."""
    return FENCE.sub("", text)


def parsers(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[str, list[str]]]:
    """Yield each command that can be called, as typed, with its options and arguments as the help shows them."""
    names: list[str] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, child in action.choices.items():
                yield from parsers(child, (*words, word))
        elif action.help != argparse.SUPPRESS:
            names += action.option_strings or [str(action.metavar)]
    yield " ".join(words), names


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub gives to a document's headings."""
    headings = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def defaults_in_the_table() -> dict[str, str]:
    """Return what README's table of keys says of each: its default as TOML, or words."""
    rows = re.findall(r"^\| ((?:`[a-z_.]+` ?)+)\| (.*?) \|", README, re.MULTILINE)
    return {key: default for keys, default in rows for key in re.findall(r"`([a-z_]+\.[a-z_.]+)`", keys)}


# ---------------------------------------------------------------- the command line


def test_every_command_and_option_is_in_the_readme() -> None:
    for command, names in parsers(build_parser()):
        if command not in {"", "token", "template"}:
            assert re.search(rf"^\| `syncer {command}\b", README, re.MULTILINE), command
        missing = [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", README)]
        assert missing == [], command


@EVERY_DOCUMENT
def test_no_document_names_a_command_or_option_that_does_not_exist(document: Path) -> None:
    known = dict(parsers(build_parser()))
    commands = {word for command in known for word in command.split()[:1]}
    options = {name for names in known.values() for name in names}
    code = " ".join(re.findall(r"`[^`\n]+`", prose(document.read_text(encoding="utf-8"))))
    assert set(re.findall(r"`syncer (?:-q )?([a-z][a-z-]*)", code)) <= commands
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", code)) <= options | OF_THE_TESTS


@EVERY_DOCUMENT
def test_the_commands_of_the_examples_can_be_typed(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = document.read_text(encoding="utf-8")
    assert set(re.findall(r"`make ([a-z-]+)`", text)) <= targets
    for line in "".join(blocks(text, "sh")).splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["syncer"]:
            build_parser().parse_args(words[1:])
        if words[:1] == ["make"]:
            assert words[1] in targets


def test_the_readme_says_how_to_see_it_and_how_to_test_it() -> None:
    assert "`make demo`" in README
    assert "`make test` runs all of its tests" in README


def test_every_exit_code_is_in_the_readme() -> None:
    table = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", README, re.MULTILINE) for code in row.split(",")}
    leaves = [kind.exit_code for kind in errors.SyncerError.__subclasses__()]
    ours = [value for name, value in vars(errors).items() if name.startswith("EXIT_")]
    assert table == {*leaves, *ours}


# ---------------------------------------------------------------- the configuration


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_in_the_readme_and_in_the_example(key: str) -> None:
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    table, _, name = key.rpartition(".")
    section = example.partition(f"\n[{table}]\n")[2].partition("\n[")[0]
    assert re.search(rf"^(?:# )?{name} = ", section, re.MULTILINE)
    assert key in defaults_in_the_table()


def test_the_readme_names_no_key_that_does_not_exist_and_each_default_as_it_is(tmp_path: Path) -> None:
    table = defaults_in_the_table()
    assert set(table) <= set(KEYS)
    written = {key: default.strip("`") for key, default in table.items() if default.startswith("`")}
    assert len(written) > len(KEYS) / 2
    said = "".join(f"{key} = {default}\n" for key, default in written.items())
    assert loaded(tmp_path, f'vault.path = "~/Notes"\n{said}') == loaded(tmp_path, 'vault.path = "~/Notes"\n')


@EVERY_DOCUMENT
def test_the_configurations_of_the_examples_load(document: Path, tmp_path: Path) -> None:
    for block in blocks(document.read_text(encoding="utf-8"), "toml"):
        assert loaded(tmp_path, block)


def test_the_configuration_that_the_first_run_writes_loads(tmp_path: Path) -> None:
    assert example() == (ROOT / "config.example.toml").read_text(encoding="utf-8")
    assert loaded(tmp_path, example()) == loaded(tmp_path, 'vault.path = "~/Notes"\n')


def loaded(folder: Path, text: str) -> Config:
    """Return the configuration in this text, without where it stands."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return msgspec.structs.replace(load(file), lines={})


# ---------------------------------------------------------------- the note and its templates


def test_the_note_in_the_readme_is_the_one_that_the_demo_makes() -> None:
    (block,) = blocks(README, "diff")
    assert "".join(line[1:] for line in block.splitlines(keepends=True)) == (DEMO / RIVER).read_text(encoding="utf-8")
    first, *later = re.split(r"^(?=.## New highlights)", block, flags=re.MULTILINE)
    assert OWN_LINE in first
    assert {line[0] for line in first.splitlines()} == {" "}
    assert {line[0] for section in later for line in section.splitlines()} == {"+"}


def test_the_notes_in_the_format_are_those_that_the_demo_makes() -> None:
    note = (DEMO / BRIDGES_MOVED).read_text(encoding="utf-8").replace("\u00a0", " ")
    for block in blocks((ROOT / "docs" / "format.md").read_text(encoding="utf-8"), "markdown"):
        assert block.replace("\u00a0", " ") in note


def test_the_format_names_every_variable_filter_and_part_of_the_templates() -> None:
    text = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    variables = {name for part in ("highlight", "yaml_front_matter") for one in trial_values(part) for name in one}
    table = text.partition("### Variables")[2].partition("###")[0].partition("Each is always there")[0]
    assert set(re.findall(r"`(\w+)`", table)) == variables
    own = sandbox({}, for_yaml=False).filters.keys() - _jinja_filters()
    filters = text.partition("### Filters")[2].partition("###")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", filters, re.MULTILINE)) == own
    for part in PARTS:
        assert f"`{part}.md`" in text
    for name in ("Page Title.txt", "yaml-front-matter.j2", "front_matter.md"):
        assert f"`{name}`" in text
        assert part_of(name)


def _jinja_filters() -> set[str]:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return set(ImmutableSandboxedEnvironment().filters)


# ---------------------------------------------------------------- between the documents


@EVERY_DOCUMENT
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:|…", target):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), target


@EVERY_DOCUMENT
def test_every_path_of_this_repository_that_is_named_is_there(document: Path) -> None:
    named = re.findall(r"`((?:tests|syncer|docs|\.ci)/[^`\s]*)`", document.read_text(encoding="utf-8"))
    assert [path for path in named if not list(ROOT.glob(path.rstrip("/")))] == []
