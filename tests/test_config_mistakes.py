"""The configuration: is each mistake told with its line and its remedy?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syncer.config import load
from syncer.errors import ConfigError
from tests.config_text import VAULT, read


def mistakes(text: str, folder: Path) -> list[str]:
    """Return the lines of the error that `text` gives, without the folder in front."""
    with pytest.raises(ConfigError) as caught:
        read(text, folder)
    assert caught.value.exit_code == 78
    return [line.replace(f"{folder}/", "", 1).replace(str(folder), "FOLDER") for line in str(caught.value).splitlines()]


# ---------------------------------------------------------------- what is wrong

LINE_3 = [
    ('pth = "/x"', 'vault.pth: unknown key; did you mean "path"?'),
    (
        "token = 'canary'",
        "vault.token: unknown key; no file holds the token; `syncer token set` puts it into the keyring",
    ),
    ("every = '1h'", "vault.every: unknown key; did you mean schedule.every?"),
    ('"fol\\u001bder" = "/x"', 'vault.fol\\x1bder: unknown key; did you mean "folder"?'),
    ("folder = 3", "vault.folder: must be a string in quotes, not a number"),
    ('folder = "/abs"', 'vault.folder: "/abs" is not relative to the vault; write it as "Readwise/Books"'),
    ('folder = "~/abs"', 'vault.folder: "~/abs" is not relative to the vault; write it as "Readwise/Books"'),
    (
        'folder = "C:/abs"',
        'vault.folder: "C:/abs" is not relative to the vault; write it as "Readwise/Books"',
    ),
    (r'folder = "a\"b\\c"', 'vault.folder: "a"b\\c" holds a backslash; write / between a folder and one in it'),
    (
        'folder = "a/../../b"',
        'vault.folder: "a/../../b" leads out of the vault by ..; name a folder inside the vault',
    ),
    (
        'folder = ".obsidian/x"',
        'vault.folder: ".obsidian/x" is a hidden folder; Obsidian does not show it; name another one',
    ),
    (
        'folder = "a\\u0000b"',
        "vault.folder: holds a line end or another control character; write it on one line",
    ),
    ('folder = " "', "vault.folder: must not be empty; leave the line out to get the default"),
    ("search = []", 'vault.search: must not be empty; write ["."] for the whole vault'),
    ('search = "."', 'vault.search: must be a list of folders: ["Readwise", "Archive"], not a string'),
    (
        'search = [".", "/x"]',
        'vault.search: item 2: "/x" is not relative to the vault; write it as "Readwise/Books"',
    ),
    (
        'quiet_time = "soon"',
        'vault.quiet_time: is not a duration; write a number and a unit: "100ms", "90s", "15m", "7d"',
    ),
    ("quiet_time = 2", 'vault.quiet_time: must be a duration in quotes: "90s", "15m", "1.5h", not a number'),
    ('quiet_time = "99999d"', 'vault.quiet_time: is longer than ten years; write at most "3660d"'),
    ('adopt = "apend"', 'vault.adopt: "apend" is none of "append", "skip"; did you mean "append"?'),
    (
        'link_safe_names = "true"',
        "vault.link_safe_names: must be true or false, without quotes, not a string",
    ),
    ("link_safe_names = 1", "vault.link_safe_names: must be true or false, without quotes, not a number"),
]


@pytest.mark.parametrize(("line", "told"), LINE_3)
def test_a_mistake_names_file_line_key_and_remedy(line: str, told: str, tmp_path: Path) -> None:
    assert mistakes(f"{VAULT}{line}\n", tmp_path) == [f"config.toml:3: {told}"]


OTHERS = [
    ('[schedule]\nevery = "0s"', 'schedule.every: "0s" is too short; write at least "1ms"'),
    (
        '[schedule]\nat = ["7:00"]',
        'schedule.at: item 1: "7:00" is not a time of the day; write hours and minutes: "07:00"',
    ),
    ("[schedule]\nat = [07:00:00]", 'schedule.at: item 1: must be a string; write "07:00", in quotes'),
    (
        '[schedule]\nevery = "1h"\nat = ["07:00"]',
        "schedule.at: stands beside schedule.every; keep one of the two",
    ),
    (
        '[schedule]\nevery = "1m"\njitter = "2m"',
        "schedule.jitter: is longer than schedule.every; a tenth of it is plenty",
    ),
    (
        '[readwise]\nretry_first_wait = "2m"',
        "readwise.retry_first_wait: is longer than readwise.retry_max_wait; make it the shorter one",
    ),
    (
        '[readwise]\nbase_url = "http://readwise.io"',
        "readwise.base_url: must start with https://; http is only for loopback (127.0.0.1, ::1, localhost)",
    ),
    (
        '[readwise]\nbase_url = "http://127.0.0.1.example.org"',
        "readwise.base_url: must start with https://; http is only for loopback (127.0.0.1, ::1, localhost)",
    ),
    (
        '[readwise]\nbase_url = "https://me:canary@readwise.io"',
        "readwise.base_url: holds more than host and port; leave out what comes before and after them",
    ),
    (
        '[readwise]\nbase_url = "readwise.io"',
        'readwise.base_url: is not an address; write it as "https://readwise.io"',
    ),
    (
        '[readwise]\nbase_url = "https://readwise.io:99999"',
        'readwise.base_url: is not an address; write it as "https://readwise.io"',
    ),
    (
        '[readwise]\ntoken_command = "echo \'canary"',
        "readwise.token_command: has a quote that is not closed; it is split as a shell would split it",
    ),
    (
        "[readwise]\ntoken_command = \"''\"",
        'readwise.token_command: names no program; write it as "pass show readwise"',
    ),
    (
        '[readwise]\nca = "none.pem"',
        'readwise.ca: there is no file "FOLDER/none.pem"; name a file in PEM form',
    ),
    (
        '[note]\ntimezone = "Europe/Berln"',
        'note.timezone: "Europe/Berln" is no time zone that is known here; did you mean "Europe/Berlin"?',
    ),
    (
        '[note]\ntimezone = "../passwd"',
        'note.timezone: "../passwd" is no time zone that is known here; write "system" or "Europe/Berlin"',
    ),
    ('[note]\ntemplate = "sed"', 'note.template: there is no folder "FOLDER/sed"; did you mean "seed"?'),
    ('[note]\ntags = ["#book"]', "note.tags: a tag starts with #; write it without"),
    ("[filter.take]\ntags = ['a', 3]", "filter.take.tags: item 2: must be a string in quotes, not a number"),
    (
        "[filter]\ntake = 3",
        "filter.take: must be a table; write [filter.take] on a line of its own, its keys below it",
    ),
    (
        'schedule.every = "15m"',
        "vault.schedule: unknown table; write [schedule] on a line of its own, its keys below it",
    ),
    ("[log]\nzzz = 1", "log.zzz: unknown key; known here: format, level"),
    ("[[note]]", "note: must be a table; write [note] on a line of its own, its keys below it"),
    ("[vualt]", 'vualt: unknown table; did you mean "vault"?'),
    ("[filter.takes]", 'filter.takes: unknown table; did you mean "take"?'),
    ('[note]\n"tags.x" = 1', "note.tags.x: unknown key; a dotted key is written without quotes"),
    ('[updates]\nmode = "replace"', 'updates.mode: "replace" is none of "report", "append"'),
    (
        "[log]\nlevel = 1979-05-27",
        'log.level: must be "debug" or "info" or "warning" or "error", not a date or time',
    ),
]


@pytest.mark.parametrize(("text", "told"), OTHERS)
def test_a_mistake_is_told_wherever_it_is(text: str, told: str, tmp_path: Path) -> None:
    (found,) = mistakes(VAULT + text + "\n", tmp_path)
    assert re.sub(r"^config\.toml:\d+: ", "", found) == told
    assert "canary" not in found


def test_a_vault_has_no_default(tmp_path: Path) -> None:
    told = "config.toml:1: vault.path: must not be empty; give the folder of the vault"
    assert mistakes("vault.path = ' '\n", tmp_path) == [told]


def test_all_mistakes_are_told_at_once_and_in_the_order_of_the_file(tmp_path: Path) -> None:
    told = mistakes('[note]\ntimezone = "x"\n[schedule]\nevery = 3\nevry = 4\n[vault]\nadopt = "no"\n', tmp_path)
    assert [line.split(": ")[:2] for line in told] == [
        ["config.toml:2", "note.timezone"],
        ["config.toml:4", "schedule.every"],
        ["config.toml:5", "schedule.evry"],
        ["config.toml:6", "vault.path"],
        ["config.toml:7", "vault.adopt"],
    ]


def test_a_missing_vault_is_told_without_a_line_when_there_is_no_table(tmp_path: Path) -> None:
    (told,) = mistakes("", tmp_path)
    assert told.startswith("config.toml: vault.path: is missing; write path =")


def test_a_quoted_name_with_a_dot_is_not_a_dotted_key(tmp_path: Path) -> None:
    told = mistakes('"log.level" = "info"\n' + VAULT, tmp_path)
    assert told == ["config.toml:1: log.level: unknown key; a dotted key is written without quotes"]


def test_a_wrong_vault_is_told_once(tmp_path: Path) -> None:
    assert mistakes("vault.path = 3", tmp_path) == [
        "config.toml:1: vault.path: must be a string in quotes, not a number"
    ]
    (told,) = mistakes('vault.path = "~nobody-here/x"', tmp_path)
    assert told.endswith(
        "starts with the home folder of a user that this machine does not know; write the path from / on"
    )


# ---------------------------------------------------------------- files that are no configuration


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\xef\xbb\xbf[vault]", "config.toml:1: begins with a byte order mark"),
        ("[vault]".encode("utf-16"), "config.toml:1: begins with a byte order mark"),
        (b'[vault]\npath = "\xff"', "config.toml:2: is not UTF-8"),
        (b"[vault]\npath = ~/Notes\n", "config.toml:2: is not TOML, in column 8: invalid value"),
        (b'[vault]\npath = "a\n', "config.toml:2: is not TOML, in column 10: "),
        (b"x = [1,\n", "config.toml:2: is not TOML: "),
        (b"[vault]\n[vault]\n", "config.toml:2: is not TOML, in column 7: cannot declare"),
        (b"[note]\n[[x]]\n[note]\n", "config.toml:3: is not TOML, in column 6: cannot declare [note] twice"),
        (b'[a]\nb = 1\nc = """\n"""\nc = 2\n', "config.toml:5: is not TOML, in column 6: a.c has a value already"),
        (b"a = {b = 1}\na.b = 2\n", "config.toml:2: is not TOML, in column 8: cannot mutate immutable namespace [a]"),
        (b"a = \x00", "config.toml:1: is not TOML, in column 5: "),
        (b"a = 1979-13-45", "config.toml:1: is not TOML"),
        (b"a = " + b"9" * 5000, "config.toml:1: is not TOML: a number that is too long"),
        (b"a = " + b"[" * 5000, "config.toml: is nested too deep"),
        (b"a" + b".a" * 3000 + b" = 1", "config.toml: is nested too deep"),
        (b"[vault" + b".a" * 3000 + b"]", "config.toml: is nested too deep"),
        (b"#" * 300_000, "config.toml: is larger than a configuration"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(data: bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value).replace(f"{tmp_path}/", "").startswith(told)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["[log]\n[log]\n", "a = 1\na = 2\n", "a = {b = 1}\na.b = 2\n", "a = {b = 1, b = 2}\n", "a.b = 1\n[a]\n"]
)
def test_what_stands_twice_is_told_with_a_hint_that_fits(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text, tmp_path)
    assert caught.value.hint == "a key, or a [table], stands once in the file: put together what belongs to it"


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path, told in [
        (tmp_path, "cannot be read: is a directory"),
        (tmp_path / "none.toml", "there is no such file"),
        (loop, "cannot be read: too many levels of symbolic links"),
        (tmp_path / ("x" * 300), "cannot be read: file name too long"),
        (Path("a\0b"), "cannot be read: not a file name"),
    ]:
        with pytest.raises(ConfigError) as caught:
            load(path)
        assert str(caught.value) == f"{path}: {told}"
        assert caught.value.hint
