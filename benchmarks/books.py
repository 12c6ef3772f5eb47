"""The records of the children's books at the paper's own size: four and twelve layers.

    python benchmarks/books.py [--layers 4] [--steps 350] [--seeds 0 1 2] [--threads 1]

Byte pairs (vocabulary 5,000) trained on the books, window 128, width 128, batch 16; attention with
a position table, SHE and iSHE without. Learning rates are chosen on validation text: by bracketing
after 120 steps with seed 100 at four layers; at twelve, where the search would cost more than the
training, each arm takes the better of the four-layer rate and its half. Every finished run is kept
in runs/books and not made again. Writes book/results/10_books_m4.json or 10_books_m12.json; needs
the children's books (downloaded when first read). About 70 and 25 minutes of one core.
"""

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path

import torch

from xfmr_lib import comparison, corpora, records
from xfmr_lib.tokenizers import BytePair
from xfmr_lib.training import Recipe
from xfmr_lib.transformer import Config

WINDOW, BATCH, VOCABULARY = 128, 16, 5_000
FIRST_RATES = {"attention": (2e-3, 4e-3, 8e-3), "she": (4e-3, 8e-3, 1.6e-2)}
KEPT = Path("runs/books")


def task(books):
    """Train on nine tenths of the text; choose on a twentieth, report on the last."""
    pairs = BytePair.train(books, VOCABULARY)
    first, rest = corpora.split(books, 0.1)
    parts = [first, *corpora.split(rest, 0.5)]
    train, validation, test = (torch.tensor(pairs.encode(part)) for part in parts)
    few = corpora.Windows(validation, WINDOW, 64).in_order()[:3]
    many = corpora.Windows(test, WINDOW, 64).in_order()[:6]
    return comparison.Task(lambda seed: corpora.Windows(train, WINDOW, BATCH, seed), few, many)


def arms(layers):
    """The paper's three."""
    attention = Config(VOCABULARY, WINDOW, 128, layers, heads=4, start=None)
    ishe = replace(attention, mixer="ishe", position="none")
    return {"attention": attention, "she": replace(ishe, mixer="she"), "ishe": ishe}


def kept(arm, config, data, recipe, seed):
    """One training, or what is left of it from an earlier call."""
    path = KEPT / f"{arm}_{config.layers}_{recipe.steps}_{recipe.rate:g}_{seed}.json"
    if not path.exists():
        run = comparison.train_arm(arm, config, data, recipe, seed)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(run)), encoding="utf-8")
    row = json.loads(path.read_text(encoding="utf-8"))
    run = comparison.Run(**{**row, "curve": tuple(map(tuple, row["curve"]))})
    print(f"{arm} rate {run.rate:g} seed {seed}: {run.validation:.3f}, {run.test:.3f}", flush=True)
    return run


def search(arm, config, data):
    """Runs of 120 steps, rates doubled or halved until the best lies between two others."""
    rates = list(FIRST_RATES.get(arm, FIRST_RATES["she"]))
    while True:
        runs = [kept(arm, config, data, Recipe(120, rate=rate), 100) for rate in rates]
        best = min(runs, key=lambda run: run.validation).rate
        if best not in (rates[0], rates[-1]):
            return runs
        rates = [*rates, best * 2] if best == rates[-1] else [best / 2, *rates]


def four_layers(data, steps, seeds):
    """The search and every arm on every seed."""
    runs = [run for arm, config in arms(4).items() for run in search(arm, config, data)]
    for arm, rate in comparison.best_rates(runs).items():
        recipe = Recipe(steps, rate=rate, every=50)
        runs += [kept(arm, arms(4)[arm], data, recipe, seed) for seed in seeds]
    return runs, {"search": "bracketing on validation text, 120 steps, seed 100"}


def twelve_layers(data, steps, seeds):
    """Each arm at the better of two rates; the other is told in the provenance."""
    known, _ = records.load("10_books_m4")
    searched = comparison.best_rates([run for run in known if run.seed == 100])
    chosen, tried = [], []
    for arm, rate in searched.items():
        recipes = [Recipe(steps, rate=r, every=25) for r in (rate / 2, rate)]
        runs = [kept(arm, arms(12)[arm], data, recipe, seeds[0]) for recipe in recipes]
        chosen.append(min(runs, key=lambda run: run.validation))
        tried += [{"arm": arm, "rate": r.rate, "validation": round(r.validation, 4)} for r in runs]
    return chosen, {"search": "the better of two rates on validation text", "tried": tried}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--layers", type=int, choices=(4, 12), default=4)
    parser.add_argument("--steps", type=int, help="default: 350 at four layers, 150 at twelve")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    steps = options.steps or (350 if options.layers == 4 else 150)
    books = corpora.children_books()
    make = four_layers if options.layers == 4 else twelve_layers
    runs, about = make(task(books), steps, options.seeds)
    path = records.save(
        f"10_books_m{options.layers}",
        runs,
        command=f"python benchmarks/books.py --layers {options.layers}",
        data=records.text_digest(books),
        books=sorted(corpora.BOOKS),
        characters=len(books),
        vocabulary=VOCABULARY,
        window=WINDOW,
        width=128,
        batch=BATCH,
        layers=options.layers,
        steps=steps,
        tokens=steps * BATCH * WINDOW,
        **about,
    )
    print(path.name)


if __name__ == "__main__":
    main()
