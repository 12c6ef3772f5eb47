"""Drop from a notebook what changes without meaning, so that a re-run is byte-identical."""

import hashlib
import os
import re

import nbformat

KEPT_CELL_METADATA = ("tags", "mystnb", "slideshow")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
NOISE = re.compile(
    r"^.*(unencrypted TCP|building the font cache|frozen modules|PYDEVD_DISABLE).*\n?", re.MULTILINE
)


def clean(notebook):
    """A cleaned copy: injected parameters, volatile metadata and widgets dropped, cells renumbered.

    Cell ids are made from each cell's text, streams that arrived in pieces are joined, and lines
    that the kernel itself writes at start are taken out. Cleaning twice changes nothing.
    """
    notebook = nbformat.from_dict(notebook)
    tidy = nbformat.v4.new_notebook()
    tidy.nbformat_minor = 5
    tidy.metadata = {"kernelspec": dict(KERNEL), "language_info": {"name": "python"}}
    tidy.cells = [cell for cell in map(_cell, notebook.cells) if cell is not None]
    _number(tidy.cells)
    return nbformat.from_dict(tidy)


def text(notebook) -> str:
    """The notebook as it is written to disk."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def write(target, content):
    """Write the file in one step: it is the old one or the new one, never half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.partial")
    beside.write_text(content, encoding="utf-8")
    os.replace(beside, target)


def _cell(cell):
    tags = cell.metadata.get("tags", [])
    if "injected-parameters" in tags:
        return None
    metadata = {key: cell.metadata[key] for key in KEPT_CELL_METADATA if cell.metadata.get(key)}
    if cell.cell_type != "code":
        make = getattr(nbformat.v4, f"new_{cell.cell_type}_cell")
        return make(source=cell.source, metadata=metadata)
    return nbformat.v4.new_code_cell(
        source=cell.source,
        metadata=metadata,
        execution_count=cell.get("execution_count"),
        outputs=_outputs(cell.get("outputs", [])),
    )


def _outputs(outputs):
    kept = []
    for output in map(nbformat.from_dict, outputs):
        if output.output_type == "stream":
            output.text = NOISE.sub("", output.text) if output.name == "stderr" else output.text
            if not output.text:
                continue
            before = kept[-1] if kept else None
            if before and before.output_type == "stream" and before.name == output.name:
                before.text += output.text
                continue
        elif "data" in output and any("widget" in kind for kind in output.data):
            continue
        kept.append(output)
    return kept


def _number(cells):
    """Number the cells that have run from 1, and give each cell an id made from its text."""
    seen, count = {}, 0
    for cell in cells:
        name = hashlib.sha1(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
        if cell.cell_type != "code" or cell.execution_count is None:
            continue
        count += 1
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
