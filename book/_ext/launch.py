"""Buttons that open a chapter on Colab or Binder, where the built pages know their repository.

Actions name it in GITHUB_REPOSITORY; elsewhere XFMR_REPOSITORY=owner/name does. Without either no
page has a button, and nothing here has an effect. The buttons lead to the branch `launch`, the tree
that `make launch` writes: there the first cell of a notebook knows the address from which Colab
fetches the book.
"""

import os
import re
import sys
from pathlib import Path

BRANCH = "launch"
CELL = Path(__file__).with_name("launch_cell.py").read_text(encoding="utf-8").rstrip("\n")
UNKNOWN = r"address = \"\""  # as JSON has it


def repository(environment=os.environ):
    """The address of the repository, or None."""
    name = environment.get("XFMR_REPOSITORY") or environment.get("GITHUB_REPOSITORY")
    if name and not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise ValueError(f"XFMR_REPOSITORY is owner/name, not {name!r}")
    return f"https://github.com/{name}" if name else None


def fill(book, address):
    """Write the address into the launch cell of every notebook of this folder."""
    for path in sorted(Path(book).glob("[0-9]*.ipynb")):
        text = path.read_text(encoding="utf-8")
        if text.count(UNKNOWN) != 1:
            raise ValueError(f"{path.name} has {text.count(UNKNOWN)} launch cells without address")
        known = UNKNOWN.replace(r"\"\"", rf"\"{address}\"")
        path.write_text(text.replace(UNKNOWN, known), encoding="utf-8")


def add_buttons(app, config):
    """Tell the theme where its launch buttons lead."""
    if address := repository():
        config.html_theme_options |= {
            "repository_url": address,
            "repository_branch": BRANCH,
            "launch_buttons": {
                "notebook_interface": "jupyterlab",
                "binderhub_url": "https://mybinder.org",
                "colab_url": "https://colab.research.google.com",
            },
        }


def setup(app):
    """Before the theme reads its options."""
    app.connect("config-inited", add_buttons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    fill(sys.argv[1], repository() or sys.exit("say XFMR_REPOSITORY=owner/name"))
