"""Let the tests and every kernel they start import xfmr_lib, with one thread each."""

import os
import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent)
sys.path[:0] = [ROOT, os.path.join(ROOT, "tests")]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH")]))
os.environ.setdefault("OMP_NUM_THREADS", "1")
