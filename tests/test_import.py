"""Importing the library is cheap, lazy and complete."""

import statistics
import subprocess
import sys

import pytest

import xfmr_lib

TIMER = "import time, torch; s = time.process_time(); import xfmr_lib; print(time.process_time()-s)"


def test_import_costs_at_most_a_third_of_a_second_beyond_torch():
    # processor time, median of three: a busy machine does not disturb it. The bound is the promise.
    costs = [
        float(subprocess.run([sys.executable, "-c", TIMER], capture_output=True, text=True).stdout)
        for _ in range(3)
    ]
    assert statistics.median(costs) < 0.3


def test_every_submodule_is_reachable_and_imports():
    for name in dir(xfmr_lib):
        assert getattr(xfmr_lib, name) is not None


def test_unknown_submodule():
    with pytest.raises(AttributeError, match="no attribute 'attension'"):
        _ = xfmr_lib.attension
