"""Where the book runs: JupyterLab on this machine, a container, Binder."""

import json
import os
import re
import shlex
import stat
import subprocess
import sys
import tomllib
from time import monotonic, sleep
from urllib.error import URLError
from urllib.request import Request, urlopen

import yaml
from book_notebooks import ROOT
from jupyter_client import BlockingKernelClient
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RANGES = {Requirement(line).name: Requirement(line) for line in PROJECT["dependencies"]}
LONGEST = 180  # seconds: JupyterLab starts in five, on a busy machine far later; a hang is longer


def make(target):
    """The last command of a target of the Makefile."""
    words = ["make", "-n", "-o", ".venv/.installed", target]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return shlex.split(done.stdout.splitlines()[-1])


def test_lab_opens_the_notebooks_with_this_python(tmp_path):
    """The command of `make lab`, asked as the page in the browser would ask."""
    command = [sys.executable, "-m", *make("lab"), "--no-browser", "--port=0", "--allow-root"]
    command += ["--IdentityProvider.token=abc", "--ServerApp.log_level=ERROR"]
    environment = os.environ | {"JUPYTER_RUNTIME_DIR": str(tmp_path)}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        info = json.loads(appears(tmp_path, "jpserver-*.json").read_text(encoding="utf-8"))

        def ask(path, **more):
            headers = {"Authorization": "token abc"}
            request = Request(f"{info['url']}{path}", headers=headers, **more)
            return json.load(urlopen(request, timeout=LONGEST))

        assert "claims.yml" in [
            entry["name"] for entry in patiently(ask, "api/contents")["content"]
        ]
        chapter = ask("api/contents/09_ishe.ipynb")
        named = chapter["content"]["metadata"]["kernelspec"]["name"]
        started = ask("api/kernels", method="POST", data=json.dumps({"name": named}).encode())
        client = BlockingKernelClient()
        client.load_connection_file(str(appears(tmp_path, f"kernel-{started['id']}.json")))
        client.start_channels()
        said = []
        code = "import os, sys, xfmr_lib.claims as c; print(sys.prefix, c.ledger_path())"
        client.wait_for_ready(timeout=LONGEST)
        client.execute_interactive(code, timeout=LONGEST, output_hook=said.append)
        client.stop_channels()
        (printed,) = (one["content"]["text"] for one in said if one["msg_type"] == "stream")
        assert printed.split() == [sys.prefix, str(ROOT / "book" / "claims.yml")]
    finally:
        server.terminate()
        server.wait(LONGEST)


def appears(folder, pattern):
    """The file, when it has been written."""
    end = monotonic() + LONGEST
    while not (found := [*folder.glob(pattern)]) or not found[0].stat().st_size:
        assert monotonic() < end, f"no {pattern}"
        sleep(0.05)
    return found[0]


def patiently(ask, path):
    """Ask until the server listens."""
    end = monotonic() + LONGEST
    while True:
        try:
            return ask(path)
        except URLError:
            assert monotonic() < end, "the server does not answer"
            sleep(0.05)


def test_binder_has_torch_for_processors_and_installs_the_package():
    wanted = yaml.safe_load((ROOT / ".binder/environment.yml").read_text(encoding="utf-8"))
    versions = dict(re.match(r"([\w-]+)(.*)", line).groups() for line in wanted["dependencies"])
    assert wanted["channels"] == ["conda-forge"] and {*versions} == {"python", "pip", "pytorch-cpu"}
    assert Version(versions["python"].lstrip("=")) in SpecifierSet(PROJECT["requires-python"])
    assert versions["pytorch-cpu"] == str(RANGES["torch"].specifier)
    after = ROOT / ".binder" / "postBuild"
    assert after.stat().st_mode & stat.S_IXUSR and after.read_text().startswith("#!/bin/sh\n")
    assert "\npython -m pip install --no-cache-dir --editable .\n" in after.read_text()


def test_the_container_has_a_python_that_fits_and_installs_the_lock():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    image, _, version = container["image"].partition(":")
    assert image == "python" and Version(version) in SpecifierSet(PROJECT["requires-python"])
    target = container["postCreateCommand"].removeprefix("make ")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"\nSTAMP := {target}\n" in makefile and "\n$(STAMP): requirements.txt" in makefile
    vscode = container["customizations"]["vscode"]
    python = vscode["settings"]["python.defaultInterpreterPath"]
    assert python == "${containerWorkspaceFolder}/" + f"{target.partition('/')[0]}/bin/python"
    assert {"ms-python.python", "ms-toolsai.jupyter"} <= {*vscode["extensions"]}
    costs = json.loads((ROOT / "book/results/costs.json").read_text(encoding="utf-8"))
    largest = max(cost["book"]["megabytes"] for cost in costs.values())
    assert int(container["hostRequirements"]["memory"].removesuffix("gb")) * 1000 > 2 * largest


def test_every_word_after_make_in_the_readme_is_a_target():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z-]+):", makefile))
    for page in ("README.md", "book/index.md", "book/teaching.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        said = re.findall(r"(?m)(?:^|`)make ([a-z-]+)", text)
        assert {*said} <= targets, page
