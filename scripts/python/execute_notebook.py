"""Runs a notebook from top to bottom and keeps the outputs in it: execute_notebook.py FILE [SECONDS_PER_CELL].

Stops at the first error, with the outputs up to there written. Nothing that changes from run to run is kept
besides the outputs themselves.
"""

import os
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError


def main(path: str, timeout: int = 300) -> int:
    notebook = nbformat.read(path, as_version=4)
    metadata = dict(notebook.metadata)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="layerscope",
        record_timing=False,
        resources={"metadata": {"path": os.path.dirname(os.path.abspath(path))}},
    )
    problem = None
    try:
        client.execute()
    except CellExecutionError as error:
        problem = str(error)
    notebook.metadata = nbformat.from_dict(metadata)
    nbformat.write(notebook, path)
    if problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:3])))
