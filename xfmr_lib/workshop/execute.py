"""Execute one chapter where the work is done: in this checkout, or unpacked on another machine.

The standard library alone, so that a Dask worker needs no copy of this package.
"""

import io
import os
import platform
import re
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

PAPERMILL = [sys.executable, "-m", "papermill", "--kernel", "python3", "--language", "python"]
PAPERMILL += ["--no-progress-bar", "--log-level", "ERROR"]
SHIPPED = ("xfmr_lib/**/*", "book/[0-9]*.ipynb", "book/claims.yml", "book/results/*")


class Result(NamedTuple):
    """What papermill left: two files (None: not written), records, error, most memory, where."""

    notebook: bytes | None
    claims: bytes | None
    records: dict[str, bytes]
    message: str
    megabytes: float
    machine: str


def pack(root) -> bytes:
    """What a chapter needs of the checkout, as a zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for pattern in SHIPPED for path in Path(root).glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(root))
    return buffer.getvalue()


def execute(checkout, notebook, scale, seed) -> Result:
    """Run `book/notebook` of a checkout (its folder, or the bytes that `pack` made)."""
    with TemporaryDirectory(prefix="xfmr-") as work:
        root = checkout
        if isinstance(checkout, bytes):
            root = Path(work, "checkout")
            zipfile.ZipFile(io.BytesIO(checkout)).extractall(root)
        done, claims = Path(work, notebook), Path(work, "claims.json")
        book = Path(root, "book")
        before = times(book / "results")
        command = [*PAPERMILL, book / notebook, done, "--cwd", book]
        if (scale, seed) != ("book", 0):  # the notebook's own defaults
            command += ["-p", "scale", scale, "-p", "seed", str(seed)]
        path = os.pathsep.join([str(root), *filter(None, [os.environ.get("PYTHONPATH")])])
        settings = {"OMP_NUM_THREADS": "1", "PYTHONPATH": path, "XFMR_RECORDS": str(claims)}
        process = subprocess.Popen(command, env=os.environ | settings, stderr=subprocess.PIPE)
        with process.stderr as errors:
            lines = errors.read().decode(errors="replace").strip().splitlines()
        megabytes = _wait(process)
        stopped = f"papermill was stopped (status {process.returncode})"
        message = (lines or [stopped])[-1] if process.returncode else ""
        left = (file.read_bytes() if file.is_file() else None for file in (done, claims))
        made = times(book / "results") - before if root != checkout else ()  # else they are there
        records = {path.name: path.read_bytes() for path, _ in made}
        return Result(*left, records, message, megabytes, machine())


def times(folder) -> set[tuple[Path, int]]:
    """Every file of a folder and when it was written."""
    return {(path, path.stat().st_mtime_ns) for path in folder.glob("[0-9]*")}


def machine() -> str:
    """This machine in one line: processor, cores, Python and torch."""
    about = Path("/proc/cpuinfo")
    named = about.is_file() and re.search(r"model name\s*: (.*)", about.read_text("utf-8"))
    processor = named[1] if named else platform.processor() or platform.machine()
    python, torch = platform.python_version(), version("torch").split("+")[0]
    return f"{processor}, {os.cpu_count()} cores, Python {python}, torch {torch}"


def _wait(process) -> float:
    """Wait for the process; the most memory that it or its kernel had, in megabytes."""
    if not hasattr(os, "wait4"):  # Windows
        process.wait()
        return 0.0
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def write(target, content):
    """Write the file in one step: it is the old one or the new one, never half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        beside.write_bytes(content if isinstance(content, bytes) else content.encode())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)  # of a full disk nothing stays behind
