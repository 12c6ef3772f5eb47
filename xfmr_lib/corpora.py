"""Text to read: the bundled stories, Project Gutenberg's children's books, a file of one's own.

`split` keeps a part for testing; `Windows` (from windows.py) goes on from there to batches.
"""

import http.client
import os
import re
import urllib.request
from collections.abc import Iterable
from importlib import resources
from itertools import islice
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
TIMEOUT = 20  # seconds without a byte

# The licence text around a book: "*** START OF THE PROJECT GUTENBERG EBOOK ... ***" since about
# 2001, "*END*THE SMALL PRINT! ... *END*" before; at the end "End of Project Gutenberg's ...".
START = re.compile(
    r"^\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG E(?:BOOK|TEXT).{0,300}?\*\*\*[ ]*$"
    r"|^\*END[ *]*THE SMALL PRINT!.{0,200}?\*END\*[ ]*$",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
END = re.compile(
    r"^\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG E(?:BOOK|TEXT)"
    r"|^\W{0,6}(?:The )?End of (?:the |this )?Project Gutenberg",
    re.MULTILINE | re.IGNORECASE,
)
CREDIT = re.compile(
    r"(?:\[?(?:e-?text |this e-?text was |html version )?(?:produced|prepared|scanned|transcribed)"
    r"\b|\[?transcriber.?s note|\[note: .*\betext\b|dashes; small checks)",
    re.IGNORECASE | re.DOTALL,
)
PARAGRAPH = re.compile(r"(?:[^\n]*\S[^\n]*\n?)+")


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
    if path.is_dir():
        raise FileNotFoundError(f"{path} is a folder: pass the path of one text file in it")
    if not path.is_file():
        raise FileNotFoundError(f"no file {path} (looked from {Path.cwd()}): check the path")
    raw = path.read_bytes()
    try:
        text = _plain_lines(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8: byte 0x{raw[error.start]:02X} at offset {error.start}; if it is "
            "Latin-1, convert it once with path.write_text(path.read_text('latin-1'), 'utf-8')"
        ) from None
    if not text.strip():
        raise ValueError(f"{path} is empty ({len(raw)} bytes, no words): pass a file with text")
    return text


def children_books(ids: int | Iterable[int] | None = None) -> str:
    """Books for children from Project Gutenberg without the licence text, one after another.

    `ids` are keys of `BOOKS` (None: all 14). Each is looked up as `$XFMR_DATA/gutenberg/ID.txt`,
    then in the user's cache, then downloaded into the cache. Raises ValueError for an id that is
    not in `BOOKS`, ConnectionError (with what to do) when it is nowhere and there is no network.
    """
    wanted = list(BOOKS) if ids is None else [ids] if isinstance(ids, int) else list(ids)
    if not wanted:
        raise ValueError("pass at least one id, or None for all books")
    for id in wanted:
        if id not in BOOKS:
            known = ", ".join(f"{id} ({title})" for id, title in BOOKS.items())
            raise ValueError(f"no children's book {id!r}; there are {known}. Else use text_file")
    return "\n\n\n".join(strip_gutenberg(text_file(_book(id))) for id in wanted)


def strip_gutenberg(raw: str) -> str:
    """A Project Gutenberg file without its header, footer and "Produced by" lines.

    Knows the `*** START OF ...` form and the `*END*THE SMALL PRINT!` form of before 2001;
    drops a byte-order mark and makes line ends LF. Text without a header is returned whole.
    """
    text = _plain_lines(raw)
    footer = END.search(text)
    text_end = footer.start() if footer else len(text)
    headers = list(START.finditer(text, 0, text_end))
    if not headers:
        return text
    text = text[headers[-1].end() : text_end]
    for paragraph in reversed(list(islice(PARAGRAPH.finditer(text), 5))):
        if CREDIT.match(paragraph.group().strip()):
            text = text[: paragraph.start()] + text[paragraph.end() :]
    return text.strip("\n") + "\n"


def _plain_lines(raw: str) -> str:
    return raw.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def shelves(id: int) -> list[Path]:
    """Where book `id` may lie, in the order they are looked at; a download goes to the last."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folders = [Path(home) / "xfmr_lib"]
    if os.environ.get("XFMR_DATA"):
        folders.insert(0, Path(os.environ["XFMR_DATA"]))
    return [folder / "gutenberg" / f"{id}.txt" for folder in folders]


def _book(id: int) -> Path:
    """Where book `id` lies on this machine, after downloading it when it has to be."""
    *_, cached = places = shelves(id)
    for place in places:
        if place.is_file():
            return place
    try:
        _download(ADDRESS.format(id=id), cached, BOOKS[id])
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ConnectionError(
            f"book {id} ({BOOKS[id]}) is not on this machine and could not be downloaded "
            f"({error}). Either connect to the internet and call again, or fetch "
            f"{ADDRESS.format(id=id)} elsewhere and put it at {places[0]}, or set XFMR_DATA to a "
            f"folder that holds gutenberg/{id}.txt. corpora.stories() needs no network."
        ) from error
    return cached


def _download(address: str, path: Path, title: str) -> None:
    """Fetch `address` to `path`: with progress, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as reply, part.open("wb") as file:
            size = int(reply.headers.get("Content-Length") or 0)
            with tqdm(total=size or None, unit="B", unit_scale=True, desc=title) as bar:
                while chunk := reply.read(1 << 16):
                    bar.update(file.write(chunk))
        if part.stat().st_size < size:
            raise ValueError(f"only {part.stat().st_size} of {size} bytes arrived")
        if "project gutenberg" not in text_file(part)[:5000].lower():
            raise ValueError("what arrived is not a Project Gutenberg text")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


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
