"""Starts programs on loopback and free ports, and ends each of them by its own process id."""

import atexit
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from kit.report import Skip

RUN = pathlib.Path(tempfile.mkdtemp(prefix="postern-live-"))
_started = []


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A program of ours while it runs, with what it wrote in a file."""

    def __init__(self, name, command, env=None, cwd=None, ready=None, patience=20):
        self.name, self.log = name, RUN / f"{name}-{len(_started)}.log"
        with self.log.open("wb") as log:
            self.popen = subprocess.Popen(
                [str(word) for word in command],
                env={**os.environ, **(env or {})},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        _started.append(self)
        if ready:
            self.await_ready(ready, patience)

    def await_ready(self, ready, patience):
        """Until `ready()` is true, or a port of that number is open."""
        if isinstance(ready, int):
            port, ready = ready, lambda: _is_open(port)
        end = time.monotonic() + patience
        while True:
            if self.popen.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {self.popen.returncode}\n{self.tail()}")
            with contextlib.suppress(OSError):
                if ready():
                    return
            if time.monotonic() > end:
                raise RuntimeError(f"{self.name} is not ready after {patience} s\n{self.tail()}")
            time.sleep(0.05)

    @property
    def pid(self):
        return self.popen.pid

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self, seconds):
        return self.popen.wait(seconds)

    def stop(self):
        """Asks it to end, and ends it where it does not. Its exit status."""
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGCONT)
            self.popen.terminate()
            try:
                self.popen.wait(5)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        return self.popen.returncode

    def text(self):
        return self.log.read_text(errors="replace")

    def tail(self):
        return f"--- end of what {self.name} wrote\n" + "\n".join(line[:300] for line in self.text().splitlines()[-8:])

    def memory(self):
        """Resident, in KiB."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        raise Skip("the memory of a process cannot be read here")


def _is_open(port):
    with contextlib.closing(socket.create_connection(("127.0.0.1", port), 1)):
        return True


@atexit.register
def _stop_all():
    for process in reversed(_started):
        process.stop()
    if not os.environ.get("KEEP_LOGS"):
        shutil.rmtree(RUN, ignore_errors=True)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
