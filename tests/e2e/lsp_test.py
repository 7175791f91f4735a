"""`backstay lsp` against a scripted editor: every capability on real files, and bad input.

    python3 lsp_test.py BACKSTAY SOURCE_DIR [NAME…]      # NAME: only these tests
"""
import os
import sys
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lsp"))

import fixture  # noqa: E402
import life_cycle, diagnostics, answers, changes, samples  # noqa: E401, E402, F401


def main():
    wanted = sys.argv[3:]
    failed = 0
    for one in fixture.TESTS:
        if wanted and one.__name__ not in wanted:
            continue
        start = time.monotonic()
        try:
            one()
            print(f"ok      {one.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
        except Exception as reason:  # the rest is still run
            failed += 1
            print(f"FAILED  {one.__name__}: {reason!r}", flush=True)
            traceback.print_exc(file=sys.stdout)
    return 1 if failed or not fixture.TESTS else 0


if __name__ == "__main__":
    sys.exit(main())
