"""What came of the faults, kept between runs and told in docs/testing.md.

    | module | faults | killed | survived | score |
    | `identity/fold.py` | 61 | 58 | 3 | 95 % |
    …
    - `identity/fold.py:31`: no two letters fold to more than three: `3 → 4`

Kept in `.mutants.json`, a list a module. A survivor's reason is looked up in equivalent.toml by source line and change,
so that it outlives a line that is added above.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.mutants.faults import Fault
from tests.mutants.loop import Verdict
from tests.mutants.planting import Module

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".mutants.json"
PAGE = ROOT / "docs" / "testing.md"
REASONS = Path(__file__).with_name("equivalent.toml")
_BEGIN, _END = "<!-- made by make mutants -->\n", "<!-- end -->\n"


@dataclass(frozen=True)
class Result:
    """A fault and its verdict; `number` tells apart the same change twice in a line."""

    line: int
    function: str
    code: str
    before: str
    after: str
    number: int
    verdict: Verdict

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """Return what stays the same when lines are added above it."""
        return (self.function, self.code, self.before, self.after, self.number)

    @property
    def lives(self) -> bool:
        """Say whether no test noticed the fault."""
        return not self.verdict.startswith("killed")


class Results:
    """All that is known: of earlier runs, and of this one."""

    def __init__(self) -> None:
        kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
        self._kept = {name: {(one := Result(**each)).key: one for each in results} for name, results in kept.items()}

    def lived(self, module: Module, fault: Fault) -> bool:
        """Say whether the fault survived the last time, or was not there."""
        known = self._kept.get(module.name, {}).get(_result(module, fault, "").key)
        return known is None or known.lives

    def add(self, module: Module, fault: Fault, verdict: Verdict) -> Result:
        """Keep a verdict, on disk too."""
        result = _result(module, fault, verdict)
        self._kept.setdefault(module.name, {})[result.key] = result
        return result

    def keep(self, modules: list[Module]) -> None:
        """Write down what is known of the faults that these modules still have, and of the other modules."""
        for module in modules:
            there = {_result(module, fault, "").key: fault.line for fault in module.faults}
            known = self._kept.get(module.name, {})
            self._kept[module.name] = {
                key: Result(**{**asdict(known[key]), "line": line}) for key, line in there.items() if key in known
            }
        kept = {name: [asdict(one) for one in results.values()] for name, results in sorted(self._kept.items())}
        KEPT.write_text(json.dumps(kept, indent=0, ensure_ascii=False), encoding="utf-8")

    def told(self) -> str:
        """Return the table and the list of survivors, each with its reason."""
        reasons = _reasons()
        rows: list[str] = []
        survivors: dict[str, list[str]] = {}
        for name, results in sorted(self._kept.items()):
            file = name.removeprefix("syncer.").replace(".", "/") + ".py"
            living = [one for one in results.values() if one.lives]
            if results:
                rows.append(_row(f"`{file}`", len(results), len(living)))
            for one in sorted(living, key=lambda one: one.line):
                change = f"{one.before} → {one.after}"
                why = reasons.get((name, one.code, change), "**not explained**")
                survivors.setdefault(f"- `{file}:{one.line}`: {why}: ", []).append(_code(change))
        every = [one for results in self._kept.values() for one in results.values()]
        rows.append(_row("**all**", len(every), sum(one.lives for one in every)))
        head = "| module | faults | killed | survived | score |\n|---|---:|---:|---:|---:|"
        listed = (f"{where}{', '.join(changes)}" for where, changes in survivors.items())
        return "\n".join((head, *rows, "", *listed, ""))

    def score(self) -> float:
        """Return how many of 100 faults were noticed."""
        every = [one for results in self._kept.values() for one in results.values()]
        return 100 * (1 - sum(one.lives for one in every) / len(every)) if every else 100.0

    def summary(self) -> str:
        """Return the last row of the table, as a sentence."""
        every = [one for results in self._kept.values() for one in results.values()]
        living = sum(one.lives for one in every)
        return f"{len(every):,} faults, {len(every) - living:,} killed, {living:,} survived: {self.score():.1f} %"

    def publish(self) -> None:
        """Put the table and the list into the page, between their marks."""
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(_BEGIN)
        _, _, after = rest.partition(_END)
        PAGE.write_text(f"{before}{_BEGIN}\n{self.told()}\n{_END}{after}", encoding="utf-8")


def _code(change: str) -> str:
    return f"`` {change} ``" if "`" in change else f"`{change}`"


def _reasons() -> dict[tuple[str, str, str], str]:
    listed = tomllib.loads(REASONS.read_text(encoding="utf-8")).get("equivalent", ())
    return {(one["module"], one["code"], change): one["why"] for one in listed for change in one["changes"]}


def _row(name: str, count: int, living: int) -> str:
    score = 100 * (count - living) / count if count else 100
    return f"| {name} | {count} | {count - living} | {living} | {score:.1f} % |"


def _result(module: Module, fault: Fault, verdict: Verdict) -> Result:
    code, number = module.place_of(fault)
    return Result(fault.line, fault.function, code, fault.before, fault.after, number, verdict)
