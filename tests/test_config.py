"""The configuration: what its text means, where it lies, and that types, example and documents name the same keys.

What is wrong with one is in test_config_mistakes.py, that nothing in a file breaks the reader in test_config_any.py.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from typing import get_type_hints
from zoneinfo import ZoneInfo

import msgspec
import pytest

from syncer import config
from syncer.config import Config, load
from syncer.durations import read_duration
from syncer.errors import ConfigError
from syncer.places import config_places, find_config, state_folder
from syncer.toml_lines import key_lines
from tests.config_text import VAULT, read

EXAMPLE = Path(__file__).resolve().parents[1] / "config.example.toml"


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
