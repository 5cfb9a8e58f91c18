"""``python -m benchmarks [NAME …]``: run all benchmarks, or those named."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import traceback

import benchmarks


def main(names: list[str]) -> int:
    known = sorted(
        module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.name.startswith("_")
    )
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"No benchmark is called {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    failed = 0
    for name in names or known:
        print(f"\n== {name} ==", flush=True)
        try:
            importlib.import_module(f"benchmarks.{name}").run()
        except Exception:  # one benchmark that cannot run here must not hide the others
            traceback.print_exc()
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
