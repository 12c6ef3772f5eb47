"""Look at this machine and say, line by line, what is well and what to do about the rest."""

import os
import platform
import re
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .plan import find_root

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def doctor() -> int:
    """Print every finding; the number of things that need doing."""
    root = find_root()
    findings = [_python(), *_packages(root), _threads(), _kernel(), _data(), _browser()]
    findings += [_writable(root / name) for name in ("book", "runs")]
    for well, subject, text in findings:
        print(f"{'ok  ' if well else 'TODO'}  {subject}: {text}")
    needed = sum(not well for well, _, _ in findings)
    print("everything is in place" if not needed else f"{needed} thing(s) to do")
    return needed


def _python():
    found = platform.python_version()
    well = (3, 11) <= tuple(map(int, platform.python_version_tuple()[:2])) < (3, 14)
    return well, "python", found if well else f"{found}; the book needs 3.11, 3.12 or 3.13"


def locked(root) -> dict:
    """{package: version} of requirements.txt, the exact lock that the book is checked with."""
    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(";")[0].strip().split("==") for line in lines if "==" in line)


def _packages(root):
    """One line when everything agrees with the lock, else one line for each difference."""
    wrong, lock = [], locked(root)
    for name, wanted in lock.items():
        try:
            found = version(name).split("+")[0]
        except PackageNotFoundError:
            found = "missing"
        if found != wanted:
            advice = f"{found}, the lock has {wanted}; pip install -r requirements.txt"
            wrong.append((False, name, advice))
    return wrong or [(True, "packages", f"all {len(lock)} as in requirements.txt")]


def _threads():
    try:
        import torch
    except ImportError as error:
        return False, "torch", f"{error}; pip install -r requirements.txt"
    count, cores = torch.get_num_threads(), os.cpu_count()
    return True, "torch", f"{count} thread(s) here of {cores} cores; `run` gives each chapter one"


def _kernel():
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return False, "kernel", "no kernel named python3; pip install ipykernel"
    return True, "kernel", f"python3 runs `{re.sub(r'.*/', '', spec.argv[0])}`"


def _data():
    folder = os.environ.get("XFMR_DATA")
    if not folder:
        text = "XFMR_DATA is not set; the bundled stories are enough, larger texts are optional"
        return True, "data", text
    count = len(list(Path(folder).glob("gutenberg/*.txt")))
    advice = f"{count} children's books in $XFMR_DATA/gutenberg"
    return count > 0, "data", advice if count else advice + "; put ID.txt files there, or unset it"


def _browser():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return True, "browser", found or "no chromium; the browser test of `make test` is skipped"


def _writable(folder):
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True, f"{folder.name}/", "can be written"
    except OSError as error:
        return False, f"{folder.name}/", f"cannot be written ({error.strerror}); check its owner"
