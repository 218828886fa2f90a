"""Runs a notebook with nbclient, errors allowed, and prints it as JSON: run_notebook.py CELL..."""

import sys

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

notebook = new_notebook(cells=[new_code_cell(source) for source in sys.argv[1:]])
NotebookClient(notebook, kernel_name="layerscope", allow_errors=True, timeout=60).execute()
print(nbformat.writes(notebook))
