"""A slide deck out of a chapter: what an audience reads on the slides, the rest as speaker notes.

`make slides` gives this to nbconvert. A second-level heading begins a slide; what follows stands
below it, each figure, table and short piece of code on a slide of its own. Of a paragraph a slide
shows the first sentence, and the last where it leads into a formula or a list; "Predict" stands
whole. Formulas, theorems and lists stay; long code, exercises and solutions go.
"""

import re
from itertools import pairwise

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_code_cell, new_markdown_cell

LEFT_OUT = ("Exercises", "Further reading")
HIDDEN = {"remove-cell", "launch", "parameters", "hide-input"}
ROOM, FORMULA = 560, 150  # letters that a slide holds at full size; what a formula takes of them
SHORT = 40  # a first sentence of fewer letters says too little alone
FEW = 220  # letters: beside so few a picture still has room, and alone they are no slide
LINES, ROWS = 18, 16  # of code and of a table, at most
LEADS_INTO = {"math_block", "math_block_label", "bullet_list", "ordered_list", "table", "fence"}
SENTENCE = re.compile(r"(?<=[.?!])(?<!e\.g\.)(?<!i\.e\.)(?<!vs\.)\s+(?=[A-Z*`\[$<\"“])")
WHOLE = re.compile(r"(\*\*)?Predict\b|!\[")  # a picture is whole, too
MARKDOWN = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)


class Slide:
    """What an audience sees, what the speaker reads, and how much of the room is taken."""

    def __init__(self, heading, place="subslide"):
        self.heading = heading.lstrip("# ")
        self.body, self.notes, self.letters = [new_markdown_cell(heading)], [], 0
        self.body[0].metadata["slideshow"] = {"slide_type": place}
        self.passing = heading.startswith("######")  # so far a few words between two others

    def add(self, cell, letters, passing=False):
        self.body.append(cell)
        self.letters += letters
        self.passing &= passing and self.letters < FEW

    def cells(self):
        """The cells that nbconvert makes a slide of."""
        notes = new_markdown_cell("\n\n".join(self.notes))
        notes.metadata["slideshow"] = {"slide_type": "notes"}
        return [*self.body, notes] if self.notes else self.body


class Deck(Preprocessor):
    """Replace a chapter's cells by those of its deck."""

    def preprocess(self, nb, resources):
        """Read the cells in order; the first heading names the deck."""
        self.slides, self.heading = [], ""
        for cell in nb.cells:
            if cell.source.startswith("<details>"):
                continue
            if cell.cell_type == "markdown":
                found = [*blocks(readable(cell.source)), ("end", "")]
                for (kind, text), (following, _) in pairwise(found):
                    self.prose(kind, text, following in LEADS_INTO)
            elif self.heading not in LEFT_OUT and not HIDDEN & {*cell.metadata.get("tags", [])}:
                self.code(cell)
        for before, slide in pairwise(self.slides):
            if slide.passing:
                before.notes += [cell.source for cell in slide.body[1:]] + slide.notes
        nb.cells = [cell for slide in self.slides if not slide.passing for cell in slide.cells()]
        nb.metadata["title"] = nb.cells[0].source.lstrip("# ")
        return nb, resources

    def prose(self, kind, text, leads):
        """One block of a chapter's prose."""
        level = len(text) - len(text.lstrip("#")) if kind == "heading" else 0
        if 0 < level < 3:
            self.heading = text.lstrip("# ")
        if self.heading in LEFT_OUT or kind in ("html_block", "end"):
            return
        if level:
            self.slides.append(Slide(text, "slide" if level < 3 else "subslide"))
            return
        if text.startswith("**Before you start"):
            self.slides[-1].notes.append(text)
            return
        shown = shortened(kind, text, leads)
        letters = FORMULA if kind.startswith("math") or shown.startswith("![") else len(shown)
        passing = kind == "paragraph" and not text.startswith("**")
        self.room(ROOM - letters - FORMULA * leads).add(new_markdown_cell(shown), letters, passing)
        if WHOLE.match(text) and text[0] != "!":  # what follows is the answer
            self.slides[-1].letters = ROOM
        if shown != text:
            self.slides[-1].notes.append(text)

    def code(self, cell):
        """A cell's pictures and tables, one a slide; where it has none, a short definition."""
        shown = [(out, out.get("data", {}).get("text/html", "")) for out in cell.outputs]
        pictures = [out for out, page in shown if page and page.count("<tr") <= ROWS]
        printed = [out for out in cell.outputs if out.output_type == "stream"]
        long = len(cell.source.splitlines()) > LINES
        shows = re.search("(?m)^(def|class) ", cell.source) and not long
        if self.heading == self.slides[0].heading or "records.sources" in cell.source:
            return
        for outputs in [[picture] for picture in pictures] or [printed] * bool(shows):
            copy = new_code_cell(cell.source, outputs=outputs)
            copy.metadata["transient"] = {"remove_source": bool(pictures)}
            self.room(FEW).add(copy, ROOM)
        if pictures or not shows:
            self.slides[-1].notes += [f"```\n{out.text.rstrip()}\n```" for out in printed]

    def room(self, letters):
        """The last slide where it holds no more than so many letters, else a new one below it."""
        if self.slides[-1].letters > letters:
            self.slides.append(Slide(f"###### {self.heading}"))
        return self.slides[-1]


def blocks(markdown):
    """The pieces of a markdown cell that no other piece holds: (kind, text)."""
    lines, theorem = markdown.splitlines(), []
    for token in MARKDOWN.parse(markdown):
        if token.level == 0 and token.nesting >= 0:
            text = "\n".join(lines[slice(*token.map)]).strip()
            if theorem or text.startswith("<div "):  # a theorem or its proof, until </div>
                theorem.append(text)
                if text == "</div>":
                    yield "theorem", "\n\n".join(theorem)
                    theorem = []
            else:
                yield token.type.removesuffix("_open"), text


def shortened(kind, text, leads):
    """What of a block stands on the slide."""
    if kind == "paragraph" and not WHOLE.match(text):
        first, *others = SENTENCE.split(text)
        while len(first) < SHORT and others:
            first += " " + others.pop(0)
        return " ".join([first, *others[-1:]]) if leads and text.endswith((":", ",")) else first
    if kind in ("bullet_list", "ordered_list"):
        return "\n".join(SENTENCE.split(item)[0] for item in re.split(r"\n(?=\S)", text))
    return text


def readable(markdown):
    """Without comments, costs and anchors; links lead to decks or nowhere."""
    markdown = re.sub(r"<!-- costs -->.*<!-- end of costs -->|<!--.*?-->", "", markdown, flags=re.S)
    markdown = re.sub(r'\s*<a id="[^"]*"></a>|<a href="#[^"]*">(.*?)</a>', r"\1", markdown)
    markdown = re.sub(r"\]\((\d\d_\w+)\.ipynb", r"](\1.slides.html", markdown)
    return re.sub(r"\[([^\]]+)\]\([^)#]+\.md[^)]*\)", r"\1", markdown)
