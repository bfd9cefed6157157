"""How much would the tests of the core notice? Small faults, planted one at a time, and the tests run against each.

    python -m tests.mutants                    all modules of the core           (make mutants; an hour or two)
    python -m tests.mutants identity note      these alone
    python -m tests.mutants --again            those that survived the last time, after tests were added

    faults.py      which faults a module could have, and where
    changes.py     what a fault is: `<` for `<=`, a condition negated, a statement left out …
    planting.py    the fault in the running program: a function's code, or a constant, is replaced where it is
    covering.py    which tests run a line, and how long each takes
    loop.py        a pytest session that forks once for each fault, and runs the quickest tests first
    results.py     what came of it, in docs/testing.md; equivalent.toml says of a survivor why no output can differ

A fault that is found by a failing test, an endless loop or a crash is *killed*; one that no test finds *survived*.
"""
