"""Make the built pages light: fewer highlighting spans, and pictures in files that wait.

- A name, a bracket or a space has the colour of all code, so its span says nothing.
- A picture is a file of its own, loaded when a reader comes near it; before printing, all are.
- White space between blocks is for those who read the source.
"""

import base64
import hashlib
import re
from functools import partial
from pathlib import Path

PLAIN = re.compile(r'<span class="(?:n|p|w|nn|nx|pm)">([^<]*)</span>')
PICTURE = re.compile(r'src="data:image/([\w+]+);base64,([A-Za-z0-9+/=]+)"')
INDENT = re.compile(r"\n[ \t]*\n\s*(?=<)")
KEPT = re.compile(r"(<(pre|script|style|textarea)\b.*?</\2>)", re.DOTALL)
EAGER = """
addEventListener("beforeprint", () => {
  for (const image of document.images) image.loading = "eager";
  for (const folded of document.querySelectorAll("details")) folded.open = true;
});
"""


def lighten(app, exception):
    """Rewrite every page; pictures go to _images under the digest of what they show."""
    if exception or app.builder.name != "html":
        return
    root = Path(app.outdir)
    images = root / "_images"
    images.mkdir(exist_ok=True)
    for page in root.rglob("*.html"):
        store = partial(stored, images, "../" * len(page.relative_to(root).parent.parts))
        before = page.read_text(encoding="utf-8")
        after = PICTURE.sub(store, PLAIN.sub(r"\1", before))
        pieces = KEPT.split(after)  # text, kept, its tag, text, ...
        pieces[::3] = [INDENT.sub("\n", piece) for piece in pieces[::3]]
        del pieces[2::3]
        if (after := "".join(pieces)) != before:
            page.write_text(after, encoding="utf-8")
    options = root / "_static" / "documentation_options.js"
    content = options.read_text(encoding="utf-8")
    if EAGER not in content:
        options.write_text(content + EAGER, encoding="utf-8")


def stored(images, up, found):
    """Write the picture to its file; the attributes that load it when it is needed."""
    raw = base64.b64decode(found[2])
    name = f"{hashlib.sha256(raw).hexdigest()[:16]}.{found[1].partition('+')[0]}"
    (images / name).write_bytes(raw)
    return f'src="{up}_images/{name}" loading="lazy" decoding="async"'


def setup(app):
    """Lighten when the build has ended."""
    app.connect("build-finished", lighten)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
