"""Look at this machine and say, line by line, what is well and what to do about the rest."""

from importlib.metadata import PackageNotFoundError, version

from .. import claims, corpora


def doctor() -> int:
    """Print every finding; the number of things that need doing."""
    lock = locked(claims.ledger_path().parents[1])
    wrong = [(name, wanted) for name, wanted in lock.items() if _installed(name) != wanted]
    for name, wanted in wrong:
        advice = f"{_installed(name)}, the lock has {wanted}; pip install -r requirements.txt"
        print(f"TODO  {name}: {advice}")
    print(f"{len(lock) - len(wrong)} of {len(lock)} packages as in requirements.txt")
    here = sum(corpora.shelf(id).is_file() for id in corpora.BOOKS)
    print(f"{here} of {len(corpora.BOOKS)} children's books here; the rest come when first read")
    return len(wrong)


def locked(root) -> dict:
    """{package: version} of requirements.txt, the exact lock that the book is checked with."""
    lines = (root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(";")[0].strip().split("==") for line in lines if "==" in line)


def _installed(name):
    try:
        return version(name).split("+")[0]
    except PackageNotFoundError:
        return "missing"
