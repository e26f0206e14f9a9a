#!/bin/sh
# What a GPU does: queries a second at 100 reranked, documents embedded a second, a scan of 10 million codes. Under eight
# minutes. `benchmarks/gpu.sh --device cpu --small` runs the same steps on the processor, in a minute.
set -eu
cd "$(dirname "$0")/.."
exec "${PYTHON:-python3}" -m benchmarks.speed.gpu "$@"
