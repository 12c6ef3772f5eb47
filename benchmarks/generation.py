"""Writing a text token by token: each mixer's memory against computing everything anew.

    python benchmarks/generation.py [--repeats 10] [--windows 128 512] [--json]

Batch 1, width 128, 4 layers, vocabulary 5,000, float32, one thread; processor milliseconds a token,
averaged over a text that grows from 1 token to the whole window. Recomputation is timed at 16
lengths evenly spread and averaged. `window_product` is iSHE without tiling. Rounds are interleaved;
median and range over the repeats.
"""

import argparse
import json
import statistics
import time

import torch

from xfmr_lib.transformer import Config, Transformer

MIXERS = ["attention", "ishe", "ishe_absolute", "vector_extractor"]
WIDTH, LAYERS, HEADS, VOCABULARY = 128, 4, 4, 5_000


@torch.inference_mode()
def one_by_one(model, text, block=None):
    """Milliseconds a token, each computed from the memory of those before."""
    start = time.process_time()
    _, (place, memories) = model.prime(text[:, :1])
    if block:
        memories = [memory._replace(block=block) for memory in memories]
    memory = (place, memories)
    for token in text[:, 1:].unbind(1):
        _, memory = model.step(token, memory)
    return (time.process_time() - start) * 1000 / text.shape[1]


@torch.inference_mode()
def anew(model, text):
    """Milliseconds a token, each computed from the whole text so far."""
    window, start = text.shape[1], time.process_time()
    for share in range(1, 17):
        model(text[:, : window * share // 16])
    return (time.process_time() - start) * 1000 / 16


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
        if mixer == "ishe":
            runs[mixer, "window_product"] = lambda m=model: one_by_one(m, text, block=window)
    times = {way: [] for way in runs}
    for repeat in range(-1, repeats):  # the first round only warms up
        for way, run in runs.items():
            milliseconds = run()
            if repeat >= 0:
                times[way].append(milliseconds)
    rows = []
    for (mixer, way), values in times.items():
        ratios = [v / m for v, m in zip(values, times[mixer, "memory"], strict=True)]
        row = {"mixer": mixer, "way": way, "median_ms": round(statistics.median(values), 3)}
        row["range_ms"] = [round(min(values), 3), round(max(values), 3)]
        rows.append({**row, "over_memory": round(statistics.median(ratios), 2)})
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
            )


if __name__ == "__main__":
    main()
