"""Whether a tag is the version that this checkout says it is; prints the notes of its release.

python .github/check_tag.py v0.2.0 > notes.md
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHERE = {  # what stands before the version
    "pyproject.toml": 'version = "',
    "CITATION.cff": "version: ",
    "CHANGELOG.md": "## [",
    "book/changes.md": "## ",
}


def versions(root=ROOT):
    """The version that each of the four files says, the newest where it holds several."""
    found = {}
    for name, before in WHERE.items():
        text = (root / name).read_text(encoding="utf-8")
        said = re.search(rf"^{re.escape(before)}(\d+\.\d+\.\d+)", text, re.MULTILINE)
        found[name] = said[1] if said else None
    return found


def newest(text):
    """The first section of a page with a heading of the second level for each version."""
    return re.split(r"(?m)^## .*\n", text)[1].strip()


def main(tag, root=ROOT):
    """Print the newest section of CHANGELOG.md, or say which files disagree with the tag."""
    wrong = {name: said for name, said in versions(root).items() if tag != f"v{said}"}
    for name, said in wrong.items():
        print(f"the tag is {tag}, {name} says {said}", file=sys.stderr)
    if not wrong:
        print(newest((root / "CHANGELOG.md").read_text(encoding="utf-8")))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
