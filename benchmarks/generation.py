"""Writing a text token by token: each mixer's memory against computing everything anew.

    python benchmarks/generation.py [--repeats 10] [--windows 128 512] [--json]

Batch 1, width 128, 4 layers, vocabulary 5,000, float32, one thread; processor milliseconds a token,
averaged over a text that grows to the whole window, and (`full`) over its last eighth.
Recomputation is timed at eight lengths; the longest is `full`. Rounds are interleaved; median and
range over the repeats.
"""

import argparse
import json
import statistics
import time
from itertools import pairwise

import torch

from xfmr_lib.transformer import Config, Transformer

MIXERS = ["attention", "ishe", "ishe_absolute", "vector_extractor"]
WIDTH, LAYERS, HEADS, VOCABULARY = 128, 4, 4, 5_000


@torch.inference_mode()
def one_by_one(model, text):
    """Milliseconds of each token, computed from the memory of those before."""
    _, memory = model.prime(text[:, :1])
    times = [time.process_time()]
    for token in text[:, 1:].unbind(1):
        _, memory = model.step(token, memory)
        times.append(time.process_time())
    return [(after - before) * 1000 for before, after in pairwise(times)]


@torch.inference_mode()
def anew(model, text):
    """Milliseconds of eight tokens from the first to the last, each from the whole text so far."""
    window, times = text.shape[1], [time.process_time()]
    for part in range(1, 9):
        model(text[:, : window * part // 8])
        times.append(time.process_time())
    return [(after - before) * 1000 for before, after in pairwise(times)]


def measure(window, repeats):
    """Interleave all ways for one window."""
    torch.manual_seed(0)
    text = torch.randint(VOCABULARY, (1, window))
    runs = {}
    for mixer in MIXERS:
        position = "learned" if mixer == "attention" else "none"
        config = Config(VOCABULARY, window, WIDTH, LAYERS, HEADS, mixer=mixer, position=position)
        model = Transformer(config).eval()
        runs[mixer, "memory"] = lambda m=model: one_by_one(m, text)
        runs[mixer, "anew"] = lambda m=model: anew(m, text)
    times = {way: [] for way in runs}
    for repeat in range(-1, repeats):  # the first round only warms up
        for way, run in runs.items():
            each = run()
            if repeat >= 0:  # the mean token, and one near the end of the window
                last = each[-len(each) // 8 :]
                times[way].append((statistics.mean(each), statistics.mean(last)))
    rows = []
    for (mixer, way), values in times.items():
        row = {"mixer": mixer, "way": way}
        for which, name in enumerate(("", "_full")):
            own = [pair[which] for pair in values]
            memory = [pair[which] for pair in times[mixer, "memory"]]
            ratios = [mine / best for mine, best in zip(own, memory, strict=True)]
            row[f"median{name}_ms"] = round(statistics.median(own), 3)
            row[f"range{name}_ms"] = [round(min(own), 3), round(max(own), 3)]
            row[f"over_memory{name}"] = round(statistics.median(ratios), 2)
        rows.append(row)
    return {"window": window, "rows": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--windows", type=int, nargs="+", default=[128, 512])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    torch.set_num_threads(1)
    results = [measure(window, options.repeats) for window in options.windows]
    shape = {"batch": 1, "width": WIDTH, "layers": LAYERS, "heads": HEADS, "threads": 1}
    about = {"repeats": options.repeats, **shape, "torch": torch.__version__.partition("+")[0]}
    about["capability"] = torch.backends.cpu.get_cpu_capability()
    if options.json:
        print(json.dumps({**about, "results": results}))
        return
    for result in results:
        print(f"window {result['window']}: milliseconds a token")
        for row in result["rows"]:
            low, high = row["range_ms"]
            print(
                f"  {row['mixer']:18}{row['way']:16}{row['median_ms']:9.3f} ({low} to {high})"
                f"   /memory {row['over_memory']:.2f}"
                f"   full window {row['median_full_ms']:.3f}, /memory {row['over_memory_full']:.2f}"
            )


if __name__ == "__main__":
    main()
