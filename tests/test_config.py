"""The configuration: each mistake told with its line and its remedy, and never another exception."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncer import config
from syncer.config import Config, load
from syncer.durations import read_duration
from syncer.errors import ConfigError
from syncer.places import config_places, find_config, state_folder
from syncer.toml_lines import key_lines

EXAMPLE = Path(__file__).resolve().parents[1] / "config.example.toml"
VAULT = '[vault]\npath = "/notes"\n'


def read(text: str, folder: Path) -> Config:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8", newline="")
    return load(file)


def mistakes(text: str, folder: Path) -> list[str]:
    """Return the lines of the error that `text` gives, without the folder in front."""
    with pytest.raises(ConfigError) as caught:
        read(text, folder)
    assert caught.value.exit_code == 78
    return [line.replace(f"{folder}/", "", 1).replace(str(folder), "FOLDER") for line in str(caught.value).splitlines()]


# ---------------------------------------------------------------- what is right


def test_a_vault_alone_is_a_configuration_and_everything_else_has_its_default(tmp_path: Path) -> None:
    read_one = read(VAULT, tmp_path)
    assert read_one.vault.path == Path("/notes")
    assert (read_one.schedule.every, read_one.schedule.jitter, read_one.schedule.full_every) == (
        3600.0,
        30.0,
        604800.0,
    )
    assert (read_one.readwise.timeout, read_one.readwise.retry_deadline) == (30.0, 600.0)
    assert (read_one.vault.folder, read_one.vault.search, read_one.vault.quiet_time) == (
        "Readwise",
        (".",),
        2.0,
    )
    assert (read_one.note.tags, read_one.note.timezone) == (("literature-note",), None)
    assert (read_one.updates.mode, read_one.updates.settle) == ("report", 1800.0)


def test_every_value_arrives_in_its_type(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "ca.pem").write_text("a certificate")
    read_one = read(
        VAULT
        + """
        folder = "Readwise/{{ category }}"
        [schedule]
        at = ["19:30", "07:00", "07:00"]
        [readwise]
        base_url = "http://127.0.0.1:8080/"
        token_command = "pass show 'my readwise'"
        ca = "ca.pem"
        [note]
        timezone = "Europe/Berlin"
        template = "templates"
        [filter.take]
        tags = ["ai", "größe"]
        """,
        tmp_path,
    )
    assert read_one.vault.folder == "Readwise/{{ category }}"
    assert read_one.schedule.at == (time(7), time(19, 30))
    assert read_one.readwise.base_url == "http://127.0.0.1:8080"
    assert read_one.readwise.token_command == ("pass", "show", "my readwise")
    assert read_one.readwise.ca == tmp_path / "ca.pem"
    assert read_one.note.timezone == ZoneInfo("Europe/Berlin")
    assert read_one.note.template == str(tmp_path / "templates")
    assert read_one.filter.take.tags == ("ai", "größe")
    assert read_one.filter.leave.tags == ()


def test_a_home_is_expanded_and_a_relative_path_starts_where_the_file_is(tmp_path: Path, sandbox: Path) -> None:
    assert read('vault.path = "~/Notes"', tmp_path).vault.path == sandbox / "Notes"
    assert read('vault.path = "Notes"', tmp_path).vault.path == tmp_path / "Notes"


def test_a_short_interval_shortens_the_jitter_that_nobody_wrote(tmp_path: Path) -> None:
    assert read(VAULT + '[schedule]\nevery = "1m"', tmp_path).schedule.jitter == pytest.approx(6.0)
    assert read(VAULT + '[schedule]\nevery = "1m"\njitter = "20s"', tmp_path).schedule.jitter == 20.0


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("100ms", 0.1), ("90s", 90), ("15m", 900), ("1.5h", 5400), ("7d", 604800), ("0s", 0), ("15 m", 900)],
)
def test_a_duration_is_a_number_and_a_unit(written: str, seconds: float) -> None:
    assert read_duration(written) == pytest.approx(seconds)


def test_where_names_the_line_of_a_key_or_of_its_table(tmp_path: Path) -> None:
    read_one = read('# mine\n[vault]\npath = "/notes"\n[schedule]\n', tmp_path)
    assert read_one.where("vault.path") == f"{tmp_path}/config.toml:3"
    assert read_one.where("schedule.every") == f"{tmp_path}/config.toml:4"
    assert read("vault.path = '/'\nvault.adopt = 'skip'", tmp_path).where("vault.file_name").endswith("toml:1")
    assert read_one.where("note.tags") == f"{tmp_path}/config.toml"


def test_a_configuration_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        read(VAULT, tmp_path).vault.adopt = "skip"  # type: ignore[misc]  # that it is frozen is what is tested


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
        (b"a = \x00", "config.toml:1: is not TOML, in column 5: "),
        (b"a = 1979-13-45", "config.toml:1: is not TOML"),
        (b"a = " + b"9" * 5000, "config.toml:1: is not TOML: a number that is too long"),
        (b"a = " + b"[" * 5000, "config.toml: is nested too deep"),
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


# ---------------------------------------------------------------- no other exception, whatever is in the file


def toml(value: object) -> str:
    """Return a value as TOML writes it."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return re.sub(r"[\x00-\x1f\x7f]", lambda c: f"\\u{ord(c[0]):04x}", json.dumps(value, ensure_ascii=False))
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{toml(key)} = {toml(one)}" for key, one in value.items()) + "}"
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return repr(value)


words = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        "15m",
        "append",
        "report",
        "https://[::1",
        "http://[",
        "https://x:y",
        "UTC",
        "Europe",
        "~",
        "~x",
        "..",
        "{{ a }}",
        "07:00",
    ]
)
scalars = words | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.datetimes() | st.dates() | st.times()
any_value = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))
any_key = st.sampled_from([*config.KEYS, "vault", "filter", "filter.take", "log", "other"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


@given(st.dictionaries(any_key, any_value, max_size=4))
@example({"readwise.base_url": "https://[::1"})
@example({"vault.path": "a\0b"})
@example({"note.timezone": "Europe"})
@example({"note.template": "x" * 5000})
def test_any_value_at_any_key_is_a_configuration_or_a_list_of_mistakes(folder: Path, values: dict[str, Any]) -> None:
    text = "\n".join(f"{key} = {toml(value)}" for key, value in values.items())
    try:
        assert isinstance(read(text, folder), Config)
    except ConfigError as error:
        assert all(line.startswith(f"{folder}/config.toml") and line.isprintable() for line in str(error).split("\n"))


@given(st.binary() | words.map(lambda text: text.encode()))
def test_any_bytes_are_a_configuration_or_a_mistake(folder: Path, data: bytes) -> None:
    file = folder / "bytes.toml"
    file.write_bytes(data)
    try:
        load(file)
    except ConfigError as error:
        assert str(error).startswith(str(file))


@given(st.dictionaries(any_key, any_value, max_size=6), st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_each_key_is_found_on_its_line(values: dict[str, Any], blanks: list[int]) -> None:
    lines: list[str] = []
    wanted: dict[str, int] = {}
    for number, (key, value) in enumerate(values.items()):
        lines += ["", "# [vault]", "  "][: blanks[number]]
        wanted[f"t{number}.{key}"] = len(lines) + 1
        lines += [f"t{number}.{key} = [", f"  {toml(value)},", '  """\npath = 1\n[x]""",', "]"]
        lines = "\n".join(lines).split("\n")
    found = key_lines("\n".join(lines))
    assert {key: found[key] for key in wanted} == wanted


# ---------------------------------------------------------------- where it lies


def test_the_flag_counts_more_than_the_variable_and_that_more_than_the_platform(sandbox: Path) -> None:
    env = {"SYNCER_CONFIG": "~/of-variable.toml", "XDG_CONFIG_HOME": str(sandbox)}
    (sandbox / "syncer").mkdir()
    (sandbox / "syncer" / "config.toml").write_text(VAULT)
    assert find_config("given.toml", env) == Path("given.toml")
    assert find_config(None, env) == sandbox / "of-variable.toml"
    assert find_config(None, {**env, "SYNCER_CONFIG": ""}) == sandbox / "syncer" / "config.toml"


def test_no_configuration_says_how_to_make_one(sandbox: Path) -> None:
    with pytest.raises(ConfigError, match="there is no configuration at") as caught:
        find_config(None, {})
    assert caught.value.hint == "make one with: syncer init"


def test_on_a_mac_the_terminal_folder_counts_and_two_configurations_are_refused(sandbox: Path) -> None:
    env = {"XDG_CONFIG_HOME": str(sandbox / "library")}
    library, terminal = config_places(env, platform="darwin")
    terminal.parent.mkdir(parents=True)
    terminal.write_text(VAULT)
    assert find_config(None, env, platform="darwin") == terminal
    library.parent.mkdir(parents=True)
    library.write_text(VAULT)
    with pytest.raises(ConfigError, match="there are two configurations"):
        find_config(None, env, platform="darwin")
    assert find_config(None, env, platform="linux") == library


def test_a_configuration_that_cannot_be_looked_at_is_not_taken_for_none(sandbox: Path) -> None:
    loop = sandbox / "syncer"
    loop.symlink_to(loop)
    path = find_config(None, {"XDG_CONFIG_HOME": str(sandbox)})
    with pytest.raises(ConfigError, match="too many levels"):
        load(path)


def test_the_state_lies_where_the_platform_keeps_states(sandbox: Path) -> None:
    assert state_folder({"XDG_STATE_HOME": str(sandbox / "here")}) == sandbox / "here" / "syncer"
    assert state_folder({"XDG_STATE_HOME": "relative"}).is_relative_to(sandbox)
    assert state_folder(os.environ).is_relative_to(sandbox)


# ---------------------------------------------------------------- the example, the table and the types agree


def struct_keys(kind: type[msgspec.Struct], above: str = "") -> Iterator[str]:
    hints = get_type_hints(kind, localns={"ZoneInfo": ZoneInfo})
    for name in kind.__struct_fields__:
        if isinstance(hints[name], type) and issubclass(hints[name], msgspec.Struct):
            yield from struct_keys(hints[name], f"{above}{name}.")
        else:
            yield above + name


def test_each_field_has_its_kind_of_value_and_nothing_else_does() -> None:
    assert {*struct_keys(Config)} - {"file", "lines"} == {*config.KEYS}


def test_the_example_shows_each_key_and_loads(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    commented_out = re.sub(r"^# (\w+ = .*)$", r"\1", text, flags=re.MULTILINE)
    shown = {key for key in key_lines(commented_out) if key.count(".") == (2 if key.startswith("filter") else 1)}
    assert shown - {"filter.take", "filter.leave"} == {*config.KEYS}
    assert load(EXAMPLE).vault.path.name == "Notes"


def test_the_readme_lists_each_key_and_no_other() -> None:
    readme = (EXAMPLE.parent / "README.md").read_text(encoding="utf-8")
    tables = "|".join(sorted({key.partition(".")[0] for key in config.KEYS}))
    rows = [line.split("|")[1] for line in readme.splitlines() if re.match(rf"\| `({tables})\.", line)]
    assert {key for row in rows for key in re.findall(r"`([^`]+)`", row)} == {*config.KEYS}


def test_the_example_shows_the_defaults() -> None:
    shown, bare = load(EXAMPLE), config.VaultConfig(path=load(EXAMPLE).vault.path)
    assert shown == Config(vault=bare, file=EXAMPLE, lines=shown.lines)


def test_reading_a_configuration_loads_no_heavy_module() -> None:
    heavy = {"platformdirs", "difflib", "urllib.request", "httpx", "keyring", "jinja2"}
    code = (
        "import sys; from pathlib import Path; from syncer import places; from syncer.config import load;"
        f"load(Path({str(EXAMPLE)!r})); print(*{heavy} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_an_empty_folder_is_the_vault_itself(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('vault.path = "notes"\nvault.folder = ""\nvault.search = [""]\n')
    config = load(tmp_path / "config.toml")
    assert (config.vault.folder, config.vault.search) == (".", (".",))
