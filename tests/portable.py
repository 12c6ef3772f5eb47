"""The output check as other processors would see it: three instruction sets, one thread and two."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WAYS = [("default", 1), ("avx2", 1), ("avx512", 1), (None, 2)]


def supported() -> str:
    """The best instruction set torch finds here: DEFAULT, AVX2, AVX512, or another on Arm."""
    import torch

    return torch.backends.cpu.get_cpu_capability()


def lacks(capability, best) -> bool:
    """Whether this processor cannot do what is asked."""
    order = ["DEFAULT", "AVX2", "AVX512"]
    if best not in order:
        return capability != "default"
    return order.index(capability.upper()) > order.index(best)


def check(capability, threads) -> int:
    """One run of the output check; its exit status."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    if capability:
        environment["ATEN_CPU_CAPABILITY"] = capability
    workers = "2" if threads == 1 else "0"  # two workers with two threads each get in one's way
    command = [sys.executable, "-m", "pytest", "--nbval", "book", "-n", workers]
    return subprocess.run([*command, "--dist", "loadscope"], cwd=ROOT, env=environment).returncode


def main() -> int:
    """Try every way; the number of those that failed."""
    best, failed = supported(), 0
    for capability, threads in WAYS:
        name = f"ATEN_CPU_CAPABILITY={capability or 'as found'}, {threads} thread(s)"
        if capability and lacks(capability, best):
            print(f"SKIPPED {name}: this processor has {best} at best", flush=True)
            continue
        print(f"--- {name}", flush=True)
        failed += check(capability, threads) != 0
    print(f"{failed} of {len(WAYS)} ways failed" if failed else "the outputs are portable here")
    return failed


if __name__ == "__main__":
    sys.exit(main())
