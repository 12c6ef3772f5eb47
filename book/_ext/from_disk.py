"""Make the built pages quiet when they are opened from disk, and tidy for those who listen.

- The theme preloads its icon fonts with a cross-origin request, which a browser refuses for
  `file:` addresses; the fonts load without it.
- It names a remote script for live cells, which this book does not use.
- It repeats the page's title for printing; a page keeps one first-level heading.
- It stops every page for a script of 1.5 MB that draws the icons; they come after the text.
- It calls the references a list whose entries are not list items.
- The search page fetches every hit for a snippet, which works only from a server.
"""

import re
from pathlib import Path

CHANGES = [
    (r'\s*<link rel="preload"[^>]*woff2[^>]*>', ""),
    (r"\s*<script>const THEBE_JS_URL[^<]*</script>", ""),
    (r'<script (src="[^"]*/fontawesome/)', r"<script defer \1"),
    (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
    (r'(<div id="jb-print-docs-body" class="onlyprint">\s*)<h1>(.*?)</h1>', r"\1<p>\2</p>"),
]
NO_SNIPPETS = """
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
"""


def tidy(app, exception):
    """Change every page, and the search page's options."""
    if exception or app.builder.name != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        before = after = page.read_text(encoding="utf-8")
        for pattern, replacement in CHANGES:
            after = re.sub(pattern, replacement, after, flags=re.DOTALL)
        if after != before:
            page.write_text(after, encoding="utf-8")
    options = Path(app.outdir) / "_static" / "documentation_options.js"
    content = options.read_text(encoding="utf-8")
    if NO_SNIPPETS not in content:
        options.write_text(content + NO_SNIPPETS, encoding="utf-8")


def setup(app):
    """Tidy when the build has ended."""
    app.connect("build-finished", tidy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
