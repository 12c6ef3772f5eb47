"""The Extractor's sum in all its forms, and the layer beside attention, interleaved in one run.

    python benchmarks/extractors.py [--repeats 12] [--sizes 32x128x128 8x64x64 ...] [--json]
    python benchmarks/extractors.py --rule     # the table that `auto` was fitted to

A size is batch x length x width. Forward and backward, float32, one thread; times are processor
milliseconds, so that a busy machine disturbs them little. `over_auto` is the median over repeats of
(this form / the form that `auto` picks), above 1: slower. Peak memory is the largest sum that torch
holds during a run, by its profiler. Forms that would need more than --limit billion multiplications
are left out and said to be.
"""

import argparse
import json
import statistics
import time
from itertools import accumulate

import torch
import torch.nn.functional as F
from torch.profiler import ProfilerActivity, profile

from xfmr_lib.mixers.attention import Attention
from xfmr_lib.mixers.causal_conv import METHODS, causal_conv, pick
from xfmr_lib.mixers.extractors import Extractor

SIZES = ["32x128x128", "1x128x128", "8x128x128", "32x32x128", "8x512x128", "32x128x32", "32x512x32"]
RULE = [
    f"{batch}x{length}x{width}"
    for width in (32, 128)
    for batch in (1, 2, 4, 8, 32)
    for length in (16, 32, 64, 128, 256)
]
DIRECT = ("plain", "gather", "conv1d", "position_loop")  # their work grows with length squared


def conv1d(x, kernel):
    """The same sum by torch's convolution."""
    weight = kernel.flip(0).permute(2, 1, 0)
    return F.conv1d(F.pad(x.transpose(1, 2), (len(kernel) - 1, 0)), weight).transpose(1, 2)


def position_loop(x, kernel):
    """One position after the other: its past, newest first, laid end to end."""
    rows = [
        x[:, : place + 1].flip(1).flatten(1) @ kernel[: place + 1].flatten(0, 1)
        for place in range(x.shape[1])
    ]
    return torch.stack(rows, 1)


FORMS = {**METHODS, "auto": causal_conv, "conv1d": conv1d, "position_loop": position_loop}


def contestants(batch, length, width, limit, only):
    """name -> a function that runs forward and backward once; and the names left out."""
    torch.manual_seed(0)
    x, gradient = torch.randn(2, batch, length, width)
    x.requires_grad_()
    kernel = (torch.randn(length, width, width) / width**0.5).requires_grad_()
    work = 3 * batch * length**2 / 2 * width**2 / 1e9
    kept = {n: f for n, f in FORMS.items() if n not in DIRECT or work <= limit}
    runs = {n: lambda f=f: f(x, kernel).backward(gradient) for n, f in kept.items()}
    if only:
        return {n: run for n, run in runs.items() if n in only}, [n for n in only if n not in kept]
    heads = max(1, width // 32)
    layers = {"she_layer": Extractor(width, length), "attention_layer": Attention(width, heads)}
    runs |= {n: lambda m=m: m(x).backward(gradient) for n, m in layers.items()}
    return runs, [n for n in FORMS if n not in kept]


def peak_megabytes(run):
    """Largest sum of memory that torch holds during one run, beyond inputs and weights."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        run()
    events = [e for e in seen.profiler.kineto_results.events() if e.name() == "[memory]"]
    events.sort(key=lambda event: event.start_ns())
    return max(accumulate(event.nbytes() for event in events)) / 1e6


def measure(size, repeats, limit, only):
    """Interleave the contestants of one size."""
    batch, length, width = map(int, size.split("x"))
    runs, left_out = contestants(batch, length, width, limit, only)
    times = {name: [] for name in runs}
    for repeat in range(-1, repeats):  # the first round only warms up
        for name, run in runs.items():
            start = time.process_time()
            run()
            if repeat >= 0:
                times[name].append((time.process_time() - start) * 1000)
    rows = {}
    for name, values in times.items():
        ratios = [mine / auto for mine, auto in zip(values, times["auto"], strict=True)]
        rows[name] = {
            "median_ms": round(statistics.median(values), 2),
            "range_ms": [round(min(values), 2), round(max(values), 2)],
            "over_auto": round(statistics.median(ratios), 2),
            "peak_mb": round(peak_megabytes(runs[name]), 1),
        }
    result = {"batch": batch, "length": length, "width": width, "auto_picks": pick(batch, length)}
    if not only:
        ratios = zip(times["attention_layer"], times["she_layer"], strict=True)
        result["attention_over_she"] = round(statistics.median(a / s for a, s in ratios), 2)
    return {**result, "left_out": left_out, "forms": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=12)
    parser.add_argument("--sizes", nargs="+", default=SIZES, help="batch x length x width")
    parser.add_argument("--limit", type=float, default=40.0, help="billion multiplications")
    parser.add_argument(
        "--rule", action="store_true", help="gather, fft and dft on a grid of sizes"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    torch.set_num_threads(1)
    sizes, only = (
        (RULE, ["auto", "gather", "fft", "dft"]) if options.rule else (options.sizes, None)
    )
    results = [measure(size, options.repeats, options.limit, only) for size in sizes]
    about = {"repeats": options.repeats, "threads": 1, "torch": torch.__version__.partition("+")[0]}
    about["capability"] = torch.backends.cpu.get_cpu_capability()
    if options.json:
        print(json.dumps({**about, "results": results}))
        return
    for result in results:
        print("batch {batch}, length {length}, width {width}: {auto_picks}".format(**result))
        for name, row in result["forms"].items():
            low, high = row["range_ms"]
            print(
                f"  {name:16}{row['median_ms']:9.1f} ms ({low} to {high})   "
                f"/auto {row['over_auto']:6.2f}   peak {row['peak_mb']} MB"
            )
        if "attention_over_she" in result:
            print(f"  attention layer / SHE layer: {result['attention_over_she']}", flush=True)


if __name__ == "__main__":
    main()
