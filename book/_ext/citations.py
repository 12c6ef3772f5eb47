"""Two works of the same people and year are told apart, as 2023a and 2023b, wherever they stand."""

import re
from collections import defaultdict


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
    """Add the letters before any page is read."""
    app.connect("env-before-read-docs", letters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
