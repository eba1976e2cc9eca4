"""The side of bench/host that times LiteRT: asked on standard input, answers on standard output, a line each.

litert.py [--threads N]   reads "SECONDS BATCH RESOLVER MODEL", answers microseconds an image, or "error: ..."

RESOLVER is xnnpack (LiteRT's default), optimised (without delegates) or reference.
"""

import os
import sys
import time

import numpy

# LiteRT writes to both standard streams; what is asked for goes to a copy of the first.
answers = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
from ai_edge_litert.interpreter import Interpreter, OpResolverType  # noqa: E402

RESOLVERS = {"xnnpack": OpResolverType.AUTO, "optimised": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
             "reference": OpResolverType.BUILTIN_REF}


def prepared(path, resolver, batch, threads):
    interpreter = Interpreter(model_path=path, experimental_op_resolver_type=RESOLVERS[resolver], num_threads=threads)
    if batch > 1:
        for detail in interpreter.get_input_details():
            interpreter.resize_tensor_input(detail["index"], [batch, *detail["shape"][1:]])
    interpreter.allocate_tensors()
    random = numpy.random.default_rng(1)
    for detail in interpreter.get_input_details():
        shape, dtype = detail["shape"], detail["dtype"]
        values = random.standard_normal(shape) if dtype == numpy.float32 else random.integers(-128, 128, shape)
        interpreter.set_tensor(detail["index"], values.astype(dtype))
    return interpreter


def least_us(call, seconds, now):
    """The least time of one call, over runs of about 0.5 ms each, for `seconds` altogether."""
    call()
    least, calls, begin = float("inf"), 1, now()
    while now() - begin < seconds:
        times = range(calls)
        start = now()
        for _ in times:
            call()
        elapsed = now() - start
        if elapsed < 5e-4:
            calls = max(calls + 1, int(calls * 1.5))
        least = min(least, 1e6 * elapsed / calls)
    return least


def main():
    threads = int(sys.argv[2]) if len(sys.argv) == 3 else 1
    # CPU time of one thread, so that what other work on the machine takes does not count; else time on the clock.
    now = time.thread_time if threads == 1 else time.perf_counter
    for line in sys.stdin:
        seconds, batch, resolver, path = line.rstrip("\n").split(" ", 3)
        try:
            interpreter = prepared(path, resolver, int(batch), threads)
            # The class around it only asks whether someone holds a view of a tensor; that would be Python's time.
            us = least_us(interpreter._interpreter.Invoke, float(seconds), now) / int(batch)
            print(f"{us:.5f}", file=answers, flush=True)
        except Exception as error:  # whatever LiteRT says of a model that it does not run
            print("error:", " ".join(str(error).split())[:200], file=answers, flush=True)


main()
