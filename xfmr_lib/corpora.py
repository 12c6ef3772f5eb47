"""Text to read: the bundled stories, Project Gutenberg's children's books, a file of one's own.

`split` keeps a part for testing; `Windows` (from windows.py) goes on from there to batches.
"""

import os
import re
import urllib.request
from collections.abc import Iterable
from http.client import HTTPException
from importlib import resources
from pathlib import Path

from tqdm import tqdm

BOOKS = {
    11: "Alice's Adventures in Wonderland, Lewis Carroll",
    16: "Peter Pan, J. M. Barrie",
    45: "Anne of Green Gables, L. M. Montgomery",
    55: "The Wonderful Wizard of Oz, L. Frank Baum",
    113: "The Secret Garden, Frances Hodgson Burnett",
    236: "The Jungle Book, Rudyard Kipling",
    271: "Black Beauty, Anna Sewell",
    289: "The Wind in the Willows, Kenneth Grahame",
    500: "The Adventures of Pinocchio, C. Collodi",
    708: "The Princess and the Goblin, George MacDonald",
    1448: "Heidi, Johanna Spyri",
    1597: "Andersen's Fairy Tales, Hans Christian Andersen",
    1874: "The Railway Children, E. Nesbit",
    2781: "Just So Stories, Rudyard Kipling",
}
ADDRESS = "https://www.gutenberg.org/cache/epub/{id}/pg{id}.txt"

# The licence text around a book: "*** START OF THIS PROJECT GUTENBERG EBOOK ... ***" before it,
# in Heidi's old file "*END THE SMALL PRINT! ...*END*"; then the paragraphs of those who made it.
START = re.compile(r"^\*(?:\*\* START OF TH|END THE SMALL PRINT!).*\*$", re.MULTILINE)
END = re.compile(r"^(?:\*\*\* END OF|End of).*Project Gutenberg", re.MULTILINE | re.IGNORECASE)
CREDIT = re.compile(r"^(?:Produced by|\[Note:|Dashes; small checks).*\n(?:.+\n)*", re.MULTILINE)


def stories() -> str:
    """The bundled short stories for children, written for this book (CC BY 4.0), about 340 kB.

    Each begins with its title on a line of its own; a line `* * *` stands between stories.
    """
    return (resources.files("xfmr_lib") / "data" / "stories.txt").read_text(encoding="utf-8")


def text_file(path: str | Path) -> str:
    """A text of the reader's own, in UTF-8; a byte-order mark is dropped, CRLF becomes LF.

    Raises FileNotFoundError, or ValueError for an empty file and for bytes that are not UTF-8
    (with the offset of the first one), each with the remedy.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no file {path} (looked from {Path.cwd()}): check the path")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8: byte 0x{error.object[error.start]:02X} at offset {error.start}; "
            "if it is Latin-1, convert it once with "
            "path.write_text(path.read_text('latin-1'), 'utf-8')"
        ) from None
    if not text.strip():
        raise ValueError(f"{path} is empty: pass a file with text")
    return text


def children_books(ids: int | Iterable[int] | None = None) -> str:
    """Books for children from Project Gutenberg without the licence text, one after another.

    `ids` are keys of `BOOKS` (None: all 14). A book lies at `$XFMR_DATA/gutenberg/ID.txt`, or in
    the user's cache when XFMR_DATA is not set; one that does not is downloaded to there. Raises
    ValueError for an id that is not in `BOOKS`, ConnectionError (with what to do) without network.
    """
    wanted = list(BOOKS) if ids is None else [ids] if isinstance(ids, int) else list(ids)
    for id in wanted:
        if id not in BOOKS:
            known = ", ".join(f"{id} ({title})" for id, title in BOOKS.items())
            raise ValueError(f"no children's book {id!r}; there are {known}. Else use text_file")
    return "\n\n\n".join(strip_gutenberg(_book(id)) for id in wanted)


def strip_gutenberg(raw: str) -> str:
    """A Project Gutenberg file without its header, footer and "Produced by" paragraphs.

    Text without a header is returned whole.
    """
    header = START.search(raw)
    if not header:
        return raw
    footer = END.search(raw, header.end())
    text = raw[header.end() : footer.start() if footer else None]
    return CREDIT.sub("", text).strip("\n") + "\n"


def shelf(id: int) -> Path:
    """Where book `id` lies: in `$XFMR_DATA`, or else in the user's cache, where downloads go."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "xfmr_lib"
    folders = [Path(os.environ.get("XFMR_DATA") or cache), cache]
    places = [folder / "gutenberg" / f"{id}.txt" for folder in folders]
    return next((place for place in places if place.is_file()), places[1])


def _book(id: int) -> str:
    """The text of book `id` as it came, after downloading it when it has to be."""
    path, address = shelf(id), ADDRESS.format(id=id)
    try:
        if not path.is_file():
            _download(address, path, BOOKS[id])
    except (OSError, HTTPException, ValueError) as error:
        raise ConnectionError(
            f"book {id} ({BOOKS[id]}) is not on this machine and could not be downloaded "
            f"({error}). Either connect to the internet and call again, or fetch {address} "
            f"elsewhere and put it at {path}, or set XFMR_DATA to a folder that holds "
            f"gutenberg/{id}.txt. corpora.stories() needs no network."
        ) from error
    return text_file(path)


def _download(address: str, path: Path, title: str) -> None:
    """Fetch `address` to `path`: with progress, whole or not at all."""
    with urllib.request.urlopen(address, timeout=20) as reply:
        size = int(reply.headers.get("Content-Length") or 0)
        with tqdm.wrapattr(reply, "read", size, desc=title) as source:
            raw = source.read()
    if b"Project Gutenberg" not in raw:  # the login page of a hotel's network
        raise ValueError("what arrived is not a Project Gutenberg text")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(raw)
    os.replace(part, path)


def split(text: str, held_out: float = 0.1) -> tuple[str, str]:
    """Cut off the last `held_out` share of `text` for testing: (train, test), train + test == text.

    The cut moves forward to the next blank line when there is one in the test part, so neither
    half begins inside a sentence. Raises ValueError when a part would be empty.
    """
    if not 0 < held_out < 1:
        raise ValueError(f"held_out={held_out} must lie between 0 and 1, e.g. 0.1")
    cut = round(len(text) * (1 - held_out))
    blank = text.find("\n\n", cut)
    cut = blank + 2 if 0 <= blank < len(text) - 2 else cut
    if not 0 < cut < len(text):
        raise ValueError(
            f"held_out={held_out} of {len(text)} characters leaves {cut} to train and "
            f"{len(text) - cut} to test on: pass a longer text"
        )
    return text[:cut], text[cut:]


def __getattr__(name: str):
    if name == "Windows":  # only on request: it needs torch, which takes seconds to import
        from xfmr_lib.windows import Windows

        return Windows
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
