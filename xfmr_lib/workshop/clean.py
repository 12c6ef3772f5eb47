"""Drop from a notebook what changes without meaning, and write the run's numbers into its prose."""

import hashlib
import html
import re
from collections import Counter

import nbformat

KEPT = ("tags", "mystnb", "slideshow")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
NOISE = re.compile(  # what the kernel itself writes at start
    r"^.*(unencrypted TCP|building the font cache|frozen modules|PYDEVD_DISABLE).*\n?", re.MULTILINE
)
GLUED = re.compile(r'(<span data-glue="(\w+)">).*?(</span>)')


def clean(notebook):
    """A copy without injected parameters, volatile metadata and the kernel's own lines.

    Ids are made from the cells' texts, streams that arrived in pieces joined, and the glued numbers
    stand in the prose, which any reader of notebooks shows: <span data-glue="loss">1.84</span>.
    """
    notebook = nbformat.from_dict(notebook)
    values = glued(notebook)
    own = [c for c in notebook.cells if "injected-parameters" not in c.metadata.get("tags", [])]
    notebook.update(nbformat_minor=5, metadata=METADATA, cells=own)
    seen = Counter()
    for cell in own:
        if cell.cell_type == "markdown":
            cell.source = GLUED.sub(lambda m: m[1] + values.get(m[2], "") + m[3], cell.source)
        cell.metadata = {key: cell.metadata[key] for key in KEPT if cell.metadata.get(key)}
        name = hashlib.sha1(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
        seen[name] += 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    return nbformat.from_dict(notebook)


def glued(notebook) -> dict[str, str]:
    """{name: text} of what the cells stored by `report.glue`."""
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    named = [
        (out.metadata["scrapbook"]["name"], out.data)
        for out in outputs
        if "scrapbook" in out.get("metadata", {})
    ]
    return {name: html.escape("".join(data.values())) for name, data in named}


def _joined(outputs):
    kept = []
    for output in outputs:
        if output.output_type == "stream":
            output.text = NOISE.sub("", output.text)
            if kept and kept[-1].get("name") == output.name:
                kept[-1].text += output.text
                continue
        if output.get("text") != "":
            kept.append(output)
    return kept


def text(notebook) -> str:
    """The notebook as it is written to disk."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"
