"""Where are the packages that the program under test must not find? In `apart`, beside the environment's own.

httpx loads its own command line where click is installed, and httpcore loads trio where that is: both would make every
child process of the tests and of the benchmarks slower and larger than it is at a user's. Selenium brings trio, pipx
brings click. Importing this module makes them importable in this process alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(sys.prefix) / "apart"

if str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))
