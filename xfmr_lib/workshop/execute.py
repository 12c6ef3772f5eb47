"""Execute one notebook in this process's own kernel; started by `rerun` as a process of its own.

Standard input: a JSON object with notebook, output, folder and parameters. Standard output's last
line: a JSON object with seconds and megabytes, and for a failed cell its number and its error.
"""

import json
import sys
import time


def execute(job) -> dict:
    """Run job["notebook"] into job["output"]; what came of it, measured."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    start, result = time.perf_counter(), {}
    try:
        papermill.execute_notebook(
            job["notebook"],
            job["output"],
            parameters=job["parameters"],
            kernel_name="python3",
            language="python",
            cwd=job["folder"],
            progress_bar=False,
        )
    except PapermillExecutionError as error:
        result = {"cell": error.exec_count, "error": f"{error.ename}: {error.evalue}"}
    except Exception as error:  # no kernel, a kernel that died, a notebook that cannot be read
        result = {"cell": None, "error": f"{type(error).__name__}: {error}"}
    return result | {"seconds": time.perf_counter() - start, "megabytes": peak_memory()}


def peak_memory() -> float:
    """The largest memory any child (the kernel) had, in megabytes; 0 where that is not known."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    print("\n" + json.dumps(execute(json.load(sys.stdin))))
