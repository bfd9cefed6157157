"""How fast and how big, each number beside a floor that is measured in the same run: `python -m benchmarks`."""
