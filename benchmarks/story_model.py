"""Train the story model that chapters 04 to 06 look into; write its weights, tokens and card.

    python benchmarks/story_model.py [--steps 1600] [--output xfmr_lib/data] [--threads 1]

Text: thirteen of `corpora.children_books` with their lines joined to paragraphs, and the bundled
stories; the last twentieth of each text, and the whole of the fourteenth book, are kept for
testing. After 700 steps a quarter of the windows say a passage twice or more, as songs do, so that
the model may learn to look for what it has read already; chapter 05 measures how far it came.
Stopped and started again, it goes on from its last checkpoint in `runs/`.
"""

import argparse
import json
import math
import os
import re
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors.torch import save_model

from xfmr_lib import corpora
from xfmr_lib.config import Config
from xfmr_lib.corpora import Batch, Windows
from xfmr_lib.tokenizers import BytePair
from xfmr_lib.training import Recipe, evaluate, fit
from xfmr_lib.transformer import Transformer
from xfmr_lib.workshop.execute import machine

UNSEEN = 236  # The Jungle Book
VOCABULARY, WINDOW, BATCH = 4096, 256, 16
PLAIN_STEPS, REFRAINS = 700, 4  # then this many windows of a batch repeat a passage
SHORTEST, LONGEST = 32, 128  # tokens in such a passage


def paragraphs(text: str) -> str:
    """A printed book without its line breaks, page layout and marks of italics."""
    text = re.sub(r"[ \t]+\n", "\n", text)
    text = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
    return re.sub(r" {2,}", " ", re.sub(r"\n{2,}", "\n\n", text)).replace("_", "")


def texts() -> dict[str, str]:
    """What is trained on, and the three texts it is tested on."""
    read = [paragraphs(corpora.children_books(id)) for id in corpora.BOOKS if id != UNSEEN]
    parts = [corpora.split(book, 0.05) for book in read]
    stories, held_out = corpora.split(paragraphs(corpora.stories()), 0.05)
    return {
        "train": "\n\n".join([*(part for part, _ in parts), stories]),
        "ends of the books": "\n\n".join(part for _, part in parts),
        "end of the stories": held_out,
        "a book never seen": paragraphs(corpora.children_books(UNSEEN)),
    }


def refrains(windows: Windows) -> Callable[[int], Batch]:
    """The same windows, but later in training some go on repeating their first tokens."""

    def batch(step: int) -> Batch:
        inputs, targets = windows(step)
        if step < PLAIN_STEPS:
            return inputs, targets
        stretch = torch.cat([inputs, targets[:, -1:]], dim=1)
        generator = torch.Generator().manual_seed(step)
        period = torch.randint(SHORTEST, LONGEST + 1, (REFRAINS, 1), generator=generator)
        place = torch.arange(WINDOW + 1) % period
        stretch[:REFRAINS] = stretch[:REFRAINS].gather(1, place)
        return stretch[:, :-1], stretch[:, 1:]

    return batch


def measured(model: Transformer, pairs: BytePair, text: str) -> dict[str, float]:
    """Loss over a text, or about sixteen batches of a long one: nats a token, and bits a byte."""
    ids = pairs.encode(text)
    batches = Windows(ids, WINDOW, BATCH).in_order()
    loss = evaluate(model, batches[:: max(1, len(batches) // 16)])
    bits = loss * len(ids) / len(text.encode()) / math.log(2)
    return {"tokens": len(ids), "nats_a_token": round(loss, 4), "bits_a_byte": round(bits, 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=1600)
    parser.add_argument("--output", type=Path, default=Path("xfmr_lib/data"))
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    runs = Path("runs")
    runs.mkdir(exist_ok=True)
    text = texts()
    pairs = BytePair.train(text["train"], VOCABULARY)
    config = Config(VOCABULARY, WINDOW, width=192, layers=6, heads=6, position="t5", dropout=0.1)
    recipe = Recipe(options.steps, rate=2e-3, every=100)
    model, begun, start = Transformer(config), [], time.process_time()
    history = fit(
        model,
        refrains(Windows(pairs.encode(text["train"]), WINDOW, BATCH)),
        recipe,
        held_out=Windows(pairs.encode(text["ends of the books"]), WINDOW, BATCH).in_order()[:4],
        checkpoint=runs / "story_model.safetensors",
        save_every=50,
        watch=lambda step, _: begun or begun.append(step),
    )
    seconds = (time.process_time() - start) * options.steps / max(1, options.steps - begun[0])
    model.half().float()  # what is measured is what is kept
    card = {
        "model": asdict(config),
        "recipe": asdict(recipe),
        "batch": BATCH,
        "refrains": f"{REFRAINS} of {BATCH} windows repeat a passage from step {PLAIN_STEPS} on",
        "parameters": model.parameter_count(),
        "text": "13 children's books from Project Gutenberg and the bundled stories",
        "books": [id for id in corpora.BOOKS if id != UNSEEN],
        "never seen": corpora.BOOKS[UNSEEN],
        "losses": {name: measured(model.eval(), pairs, part) for name, part in text.items()},
        "held_out": history.held_out,
        "processor_seconds": round(seconds),
        "machine": machine(),
        "command": f"python benchmarks/story_model.py --steps {options.steps}",
    }
    _write(options.output, pairs, model, card)


def _write(folder: Path, pairs: BytePair, model: Transformer, card: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "story_model.part"
    save_model(model.half(), str(part))
    os.replace(part, folder / "story_model.safetensors")
    pairs.save(folder / "story_tokens.json")
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    (folder / "story_model.json").write_text(text, encoding="utf-8")
    print(json.dumps(card["losses"], indent=1))


if __name__ == "__main__":
    main()
