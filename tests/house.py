"""Which module may do what? The rules of the house as data, and the faults that one module's syntax tree has.

    faults("plan", "import httpx")           → ["1: plan is core and imports httpx", "1: httpx is for connection alone"]
    faults("vault.read", "print(1)")         → ["1: print is for cli alone"]

A module is named without `syncer.` in front; a rule for `cli` is a rule for every module of that folder. A module that
no rule names is shell: it may use the disk, and no package but msgspec. The modules of tests/ and benchmarks/ are held
to their shape alone. Held by test_house.py, which also plants a fault of each kind and looks that it is found.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CORE = _words("""
    addresses asking block brake change credit dangers durations errors fences footing front_matter identity instants
    left_alone lenient_json model names neutralise note obstacle plan records report report_json selection shown
    spelling template template_limits template_time template_trial template_use toml_lines updates values verify wire
    wording
    """)
"""Values in, values out: no disk, network, clock, environment or chance, and no import of anything that has them."""

NOT_IN_CORE = _words("""
    asyncio ctypes fcntl glob http io logging multiprocessing os pathlib.Path random secrets select selectors shutil
    signal socket sqlite3 ssl subprocess tempfile threading time urllib.request uuid
    """)
EXCEPTIONS = {
    "template": {"pathlib.Path"},  # it reads the templates, once, before anything is rendered
    "template_time": {"signal", "threading"},  # the 2 s of a template are measured by an interval timer
}

OWNERS = {
    "httpx": {"connection"},
    "tenacity": {"retry"},
    "certifi": {"trust"},
    "keyring": {"keyring_backend"},
    "sqlite3": {"library"},
    "apscheduler": {"daemon"},
    "jinja2": {"template", "template_limits"},
    "frontmatter": {"front_matter", "identity"},
    "yaml": {"front_matter", "identity"},
    "rapidfuzz": {"identity"},
    "platformdirs": {"places"},
    "rich": {"cli"},
    "socket": {"connection", "daemon", "systemd"},
}
"""The only modules that import a package; what is not here is a fault, unless it is msgspec or the language's own."""

HEAVY = frozenset(OWNERS) - {"sqlite3", "socket"}

PRINTERS = {"cli"}
CLOCKS = {
    "cli",  # hands the clock to everything below it
    "daemon",  # decides when the next poll is
    "vault",  # as the default of an argument: how long a note has been left alone
    "lock",  # since when another sync holds the vault
}
WRITERS = {
    "writer",  # the notes, and nobody else
    "library",  # the state
    "lock",  # the file that says who holds the vault
    "export_file",  # `export --save FILE`
    "demo",  # plays the owner of the demo's own vault
    "demo_folder",  # the demo's own folder
    "cli",  # `template new`, `dry-run --html FILE`, a bug report
    "service",  # the unit, or the agent
    "daemon",  # the facts that `status` finds
    "log",  # renames the file of --log-file
    "first_run",  # the configuration
}
ENVIRONMENTS = {"cli", "trust", "daemon"}

_CLOCK = _words(
    "datetime.now datetime.utcnow datetime.today date.today time.time time.time_ns time.localtime time.gmtime"
)
_OPENS = _words("os.O_WRONLY os.O_RDWR os.O_APPEND os.O_CREAT os.O_TRUNC")
_WRITES = _words("""
    os.write os.pwrite os.truncate os.ftruncate os.link os.symlink os.rename os.replace os.remove os.unlink shutil.copy
    shutil.copyfile shutil.copytree shutil.move shutil.rmtree
    """)
_METHODS_THAT_WRITE = _words("write_text write_bytes unlink rename hardlink_to symlink_to")

LONGEST_MODULE = 300
LONGEST_FUNCTION = 40


def faults(module: str, source: str) -> list[str]:
    """Return each breach of a rule as `LINE: what`, in the order of the lines; an empty list is a clean module."""
    tree = ast.parse(source)
    found = [*_import_faults(module, tree), *_deed_faults(module, tree), *_shape_faults(module, source, tree)]
    return [f"{line}: {what}" for line, what in sorted(found)]


def shape_faults(module: str, source: str) -> list[str]:
    """Return what is wrong with the shape alone: a test or a benchmark may import and do what it needs."""
    return [f"{line}: {what}" for line, what in sorted(_shape_faults(module, source, ast.parse(source)))]


def _top(module: str) -> str:
    return module.partition(".")[0]


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each imported module with its line; of `from a import b` both `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _import_faults(module: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    own = _top(module)
    is_core, may = own in CORE, EXCEPTIONS.get(own, set())
    for line, name in _imports(tree):
        first = _top(name)
        if not first:
            yield line, "a relative import hides where a name comes from"
        elif first == "syncer":
            inner = name.removeprefix("syncer.").partition(".")[0]
            if is_core and name != "syncer" and inner not in CORE and not inner.startswith("_"):
                yield line, f"{own} is core and imports {name}"
            continue
        if is_core and (name in NOT_IN_CORE or first in NOT_IN_CORE) and name not in may:
            yield line, f"{own} is core and imports {name}"
        if own not in OWNERS.get(first, {own}):
            yield line, f"{first} is for {' and '.join(sorted(OWNERS[first]))} alone"
        elif first not in OWNERS and first != "msgspec" and first not in sys.stdlib_module_names:
            yield line, f"{first} has no owner in tests/house.py"


def _deed_faults(module: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    own = _top(module)
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr):
            continue
        name = _dotted(node)
        for deed, names, who in (
            ("the clock", _CLOCK, CLOCKS),
            ("writing", _WRITES | _OPENS, WRITERS),
            ("the environment", {"os.environ", "os.getenv"}, ENVIRONMENTS),
            ("print", {"sys.stdout", "sys.stderr"}, PRINTERS),
        ):
            if name in names and own not in who:
                yield node.lineno, f"{name}: {deed} is for {', '.join(sorted(who))} alone"
        if isinstance(node, ast.Call):
            yield from _call_faults(own, node)


def _call_faults(own: str, call: ast.Call) -> Iterator[tuple[int, str]]:
    name = _dotted(call.func)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if name in {"print", "input"} and own not in PRINTERS:
        yield call.lineno, f"{name} is for cli alone"
    if own in CORE and (name in {"open", "input"} or method in {"read_text", "read_bytes"}) and own not in EXCEPTIONS:
        yield call.lineno, f"{own} is core and opens a file"
    if name in {"__import__", "import_module", "importlib.import_module"} and own != "keyring_backend":
        yield call.lineno, "an import by name hides what is imported"
    if own in WRITERS:
        return
    if method in _METHODS_THAT_WRITE:
        yield call.lineno, f"{method}: writing is for {', '.join(sorted(WRITERS))} alone"
    if (name == "open" or method in {"open", "fdopen"}) and any(_is_for_writing(mode) for mode in _modes(call)):
        yield call.lineno, f"open for writing is for {', '.join(sorted(WRITERS))} alone"


def _modes(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    yield from (keyword.value for keyword in call.keywords if keyword.arg == "mode")


def _is_for_writing(mode: ast.expr) -> bool:
    return (
        isinstance(mode, ast.Constant)
        and isinstance(mode.value, str)
        and len(mode.value) <= 3
        and bool(set("wax+") & set(mode.value))
        and set(mode.value) <= set("rwaxbt+")
    )


def _dotted(node: ast.expr) -> str:
    """Return `a.b` for a name or an attribute of one, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def _shape_faults(module: str, source: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    words = (ast.get_docstring(tree) or "").split()
    if len(words) < 5:
        yield 1, f"{module} does not say which question it answers"
    if _top(module) in {"utils", "helpers", "common", "misc", "base", "manager"}:
        yield 1, f"{module} is named after no question"
    if (lines := source.count("\n")) > LONGEST_MODULE:
        yield 1, f"{module} has {lines} lines: two questions?"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield node.lineno, f"{node.name} has {lines} lines"
