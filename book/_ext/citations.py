"""Citations: words in any reader of notebooks, links on the pages; alike years told apart.

A chapter holds `<cite data-key="chen2023ishe">Chen [2023b]</cite>`, or `[Chen, 2023b]` where the
work stands in brackets of its own; a page gets sphinxcontrib-bibtex's role for it. A test compares
the words with what the page shows. Two works of the same people and year get a letter each.
"""

import re
from collections import defaultdict

CITED = re.compile(r'<cite data-key=\\?"([\w,-]+)\\?">(\[?).*?</cite>')


def roles(app, docname, source):
    """Put the role in the place of the words, before the page is parsed."""
    source[0] = CITED.sub(lambda m: f"{{cite:{'p' if m[2] else 't'}}}`{m[1]}`", source[0])


def letters(app, env, docnames):
    """Give a letter to every year that a reader could not tell from another's."""
    entries = env.get_domain("cite").bibdata.data.entries
    alike = defaultdict(list)
    for entry in entries.values():
        people = [" ".join(person.last_names) for person in entry.persons.get("author", [])]
        shown = people if len(people) < 3 else [people[0], "et al."]
        alike[*shown, entry.fields["year"][:4]].append(entry)
    for works in alike.values():
        if len(works) > 1:
            works.sort(key=lambda entry: entry.fields["title"])
            for letter, entry in zip("abcdefgh", works, strict=False):
                entry.fields["year"] = re.match(r"\d{4}", entry.fields["year"])[0] + letter


def setup(app):
    """Add the letters before any page is read, and the roles as each is."""
    app.connect("env-before-read-docs", letters)
    app.connect("source-read", roles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
