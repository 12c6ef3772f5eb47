"""The buttons for Colab and Binder lead to notebooks that exist, know the book and install it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from book_notebooks import BOOK, CHAPTERS, NAMES, ROOT, load
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from xfmr_lib.workshop.clean import METADATA

sys.path.insert(0, str(BOOK / "_ext"))
import launch

CONFIG = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0", "GIT_CONFIG_VALUE_0")
HERE = {"XFMR_REPOSITORY": "example/rows"}
ADDRESS = "https://github.com/example/rows"
NEEDED = [".binder", "xfmr_lib", "pyproject.toml", "README.md", "LICENSE", "Makefile"]
NEEDED += ["book/claims.yml", "book/_ext", *(f"book/{path.name}" for path in CHAPTERS)]


def run(*words, cwd, **variables):
    """A command with a repository of its own: neither this one's nor the runner's."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITHUB_", "XFMR_"))}
    own |= {"PYTHON": sys.executable, "GITHUB_ACTOR": "reader"}  # and git packs nothing: quicker
    own |= dict(zip(CONFIG, ("1", "core.compression", "0")))
    done = subprocess.run(words, cwd=cwd, env=own | variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_address_is_known_from_the_environment_alone():
    assert launch.repository({}) is None
    assert launch.repository({"GITHUB_REPOSITORY": "example/rows"}) == ADDRESS
    assert launch.repository({"GITHUB_REPOSITORY": "a/b", "XFMR_REPOSITORY": "c/d"})[-3:] == "c/d"
    with pytest.raises(ValueError, match="owner/name"):
        launch.repository({"XFMR_REPOSITORY": ADDRESS})


@pytest.mark.parametrize("path", CHAPTERS, ids=NAMES)
def test_every_notebook_has_the_launch_cell(path):
    cells = load(path).cells
    tagged = [cell for cell in cells if "launch" in cell.metadata.get("tags", [])]
    assert [cell.source for cell in tagged] == [launch.CELL]
    assert tagged[0] is next(cell for cell in cells if cell.cell_type == "code")
    assert tagged[0].metadata["tags"] == ["remove-cell", "launch"] and not tagged[0].outputs


def test_the_launch_cell_does_nothing_elsewhere(monkeypatch, tmp_path, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "google.colab", raising=False)
    before, space = [*sys.path], {}
    exec(launch.CELL, space)
    assert {*space} == {"__builtins__", "os", "sys"} and [*sys.path] == before
    assert not [*tmp_path.iterdir()] and capfd.readouterr() == ("", "")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A repository after the workflow's job: (its folder, the branch's tree)."""
    here = tmp_path_factory.mktemp("published")
    repository, origin, tree = here / "repository", here / "origin", here / "tree"
    (repository / "book").mkdir(parents=True)
    for name in NEEDED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, repository / name)
    run("git", "init", "-q", "--bare", str(origin), cwd=here)
    for words in ["init -q", "add .", "-c user.name=a -c user.email=a@b commit -qm x"]:
        run("git", *words.split(), cwd=repository)
    run("git", "remote", "add", "origin", str(origin), cwd=repository)
    workflow = yaml.safe_load((ROOT / ".github/workflows/pages.yml").read_text(encoding="utf-8"))
    for step in workflow["jobs"]["launch"]["steps"]:
        if "run" in step:
            run("bash", "-e", "-c", step["run"], cwd=repository, GITHUB_SHA="abc", **HERE)
    run("git", "clone", "-q", "--branch", launch.BRANCH, str(origin), str(tree), cwd=here)
    return origin, tree


def test_the_buttons_of_every_chapter_lead_into_the_launch_tree(published, tmp_path):
    """A small book with the chapters' names and this book's settings for the theme."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert settings["sphinx"]["local_extensions"]["launch"] == "book/_ext"
    (tmp_path / "book").mkdir()
    (tmp_path / "index.md").write_text("# A book")
    for name in NAMES:
        cells = [new_markdown_cell(f"# {name}"), new_code_cell("1")]
        made = new_notebook(cells=cells, metadata=METADATA)
        (tmp_path / "book" / f"{name}.ipynb").write_text(json.dumps(made))
    toc = {"format": "jb-book", "root": "index", "chapters": [{"file": f"book/{n}"} for n in NAMES]}
    (tmp_path / "_toc.yml").write_text(yaml.dump(toc))
    kept = {key: settings[key] for key in ("html", "launch_buttons")}
    kept["sphinx"] = {"local_extensions": {"launch": str(BOOK / "_ext")}}
    options = settings["sphinx"]["config"]["html_theme_options"]
    kept["sphinx"]["config"] = {"html_theme_options": options}
    kept["execute"] = {"execute_notebooks": "off"}
    (tmp_path / "_config.yml").write_text(yaml.dump(kept))
    builder = str(Path(sys.executable).with_name("jupyter-book"))
    run(builder, "build", "--quiet", "--warningiserror", "--keep-going", ".", cwd=tmp_path, **HERE)
    for name in NAMES:
        page = (tmp_path / "_build" / "html" / "book" / f"{name}.html").read_text("utf-8")
        links = [tag["href"] for tag in BeautifulSoup(page, "html.parser").select("a[href]")]
        (colab,) = (link for link in links if "colab" in link)
        (binder,) = (link for link in links if "mybinder" in link)
        place, _, file = urlsplit(colab).path.partition("/blob/launch/")
        assert place == "/github/example/rows" and (published[1] / file).stem == name
        inside = parse_qs(urlsplit(binder).query)["urlpath"][0].removeprefix("lab/tree/")
        assert urlsplit(binder).path == "/v2/gh/example/rows/launch" and inside == file
        assert (published[1] / file).is_file()


def test_the_tree_holds_the_notebooks_with_the_address_and_nothing_else_changed(published):
    for path in CHAPTERS:
        there = (published[1] / "book" / path.name).read_text(encoding="utf-8")
        known = rf"address = \"{ADDRESS}\""
        assert there.count(known) == 1
        assert there.replace(known, launch.UNKNOWN) == path.read_text(encoding="utf-8")
    assert not (published[1] / ".github").exists()  # its token may not write workflows


def test_on_colab_the_first_cell_fetches_the_book_and_installs_it(published, monkeypatch, tmp_path):
    """git really clones, from beside; pip is only asked."""
    origin, tree = published
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    for name, value in zip(CONFIG, ("1", f"url.{origin}.insteadOf", ADDRESS)):
        monkeypatch.setenv(name, value)
    asked, really = [], subprocess.check_call

    def check_call(words):
        return really(words) if words[0] == "git" else asked.append(words)

    monkeypatch.setattr(subprocess, "check_call", check_call)
    (cell,) = (
        cell.source
        for cell in load(tree / "book" / CHAPTERS[0].name).cells
        if "launch" in cell.metadata.get("tags", [])
    )
    for _ in range(2):  # run again, it finds the book and leaves it
        exec(cell, {})
        assert asked == [[sys.executable, "-m", "pip", "install", "-q", "-e", "rows-in-motion"]]
    assert os.getcwd() == str(tmp_path / "rows-in-motion" / "book")
    assert sys.path[0] == str(tmp_path / "rows-in-motion")
    assert os.path.isfile("../xfmr_lib/__init__.py") and os.path.isfile("../pyproject.toml")


def test_on_colab_a_notebook_without_address_says_where_to_find_one(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    with pytest.raises(AssertionError, match="Colab button"):
        exec(launch.CELL, {})
