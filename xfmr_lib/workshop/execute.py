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
        done = papermill.execute_notebook(
            job["notebook"],
            job["output"],
            parameters=job["parameters"],
            kernel_name="python3",
            language="python",
            cwd=job["folder"],
            progress_bar=False,
        )
        if place := first_unexecuted(done):
            result = {"cell": place, "error": "the run ended before this cell was executed"}
    except PapermillExecutionError as error:
        result = {"cell": error.exec_count, "error": f"{error.ename}: {error.evalue}"}
    except Exception as error:  # no kernel, a kernel that died, a notebook that cannot be read
        result = {"cell": None, "error": f"{type(error).__name__}: {error}"}
    return result | {"seconds": time.perf_counter() - start, "megabytes": peak_memory()}


def first_unexecuted(notebook) -> int | None:
    """The number, from 1, of the first code cell that has a source and was not executed."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    places = (n for n, cell in enumerate(code, start=1) if cell.get("execution_count") is None)
    return next(places, None)


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
