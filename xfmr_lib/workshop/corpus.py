"""Show which children's books lie on this machine, and fetch those that do not."""

from pathlib import Path

from .. import corpora


def show(ids=None, fetch=False) -> int:
    """One line a book: its number, where it was found, its size, its title; 1 when one failed."""
    failed = 0
    for number in ids or corpora.BOOKS:
        try:
            if fetch:
                corpora.children_books(number)
            place = find(number)
        except (ValueError, ConnectionError) as error:
            print(f"{number:>6}  {error}")
            failed += 1
            continue
        where = f"{place.stat().st_size // 1000:>6} kB  {place}" if place else "not here yet"
        print(f"{number:>6}  {corpora.BOOKS[number]}: {where}")
    if not fetch:
        print("fetch what is not here with: python -m xfmr_lib corpus --fetch [NUMBER ...]")
    return 1 if failed else 0


def find(number) -> Path | None:
    """Where a book lies on this machine, in the order that corpora.children_books looks."""
    if number not in corpora.BOOKS:
        raise ValueError(f"no such book; there are {', '.join(map(str, corpora.BOOKS))}")
    return next((place for place in corpora.shelves(number) if place.is_file()), None)
