"""Counts what was proved. A proof that fails does not keep the next one from being tried."""

import sys
import time
import traceback


class Skip(Exception):
    """What a proof needs cannot be had here. The text says what, and why."""


class Proofs:
    """with proofs("what is promised") as say: assert ...; say("what was seen")"""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.hints = []

    def on_failure(self, hint):
        """Something to print beside a failure: the end of a log."""
        self.hints.append(hint)

    def __call__(self, promise):
        return _Proof(self, promise)

    def skip(self, promise, reason):
        self.skipped += 1
        print(f"SKIPPED {promise}: {reason}", flush=True)

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        sys.exit(1 if self.failed else 0)


class _Proof:
    def __init__(self, proofs, promise):
        self.proofs, self.promise, self.seen = proofs, promise, []

    def __enter__(self):
        self.began = time.monotonic()
        return lambda what: self.seen.append(str(what))

    def __exit__(self, kind, error, trace):
        took = time.monotonic() - self.began
        seen = f": {'; '.join(self.seen)}" if self.seen else ""
        slow = f" ({took:.1f} s)" if took > 1 else ""
        if kind is None:
            self.proofs.passed += 1
            print(f"ok   {self.promise}{seen}{slow}", flush=True)
            return True
        if issubclass(kind, Skip):
            self.proofs.skip(self.promise, error)
            return True
        if not issubclass(kind, Exception):
            return False
        self.proofs.failed += 1
        print(f"FAIL {self.promise}{seen}{slow}")
        traceback.print_exception(kind, error, trace, file=sys.stdout)
        for hint in self.proofs.hints:
            print(hint())
        sys.stdout.flush()
        return True


def same(found, expected, what=""):
    """Fails with both sides."""
    if found != expected:
        raise AssertionError(f"{what}: expected\n  {expected!r}\nfound\n  {found!r}")
