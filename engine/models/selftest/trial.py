"""The self-test in a process of its own: libraries that it tries are gone with it, and one that crashes harms nobody.

`python -m engine.models.selftest.trial MODEL` prints what was measured, as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys

from engine.child import module_command
from engine.models.loading import make_encoder
from engine.models.runtimes.execution import execution
from engine.models.selftest.choosing import Measured
from engine.models.selftest.measuring import candidates, measure, passages
from engine.models.selftest.results import Result

_SECONDS = 120.0  # after which it is given up: a busy machine takes minutes for what an idle one does in seconds


def run_trial(name: str) -> Result:
    """Measure the run-times for the encoder of that name, which must be on this disk; some five seconds."""
    try:
        ended = subprocess.run(
            module_command(__name__, name), capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        if ended.returncode:
            said = (ended.stderr.strip().splitlines() or [""])[-1]
            return Result((), f"its process ended with {ended.returncode}. {said[:200]}".strip())
        return Result(tuple(Measured.from_json(row) for row in json.loads(ended.stdout.splitlines()[-1])))
    except subprocess.TimeoutExpired:
        return Result((), f"it took more than {_SECONDS:.0f} seconds.", passing=True)
    except (OSError, ValueError, TypeError, IndexError) as error:
        return Result((), f"{type(error).__name__}: {error}"[:200])


def main(name: str) -> None:
    hows = candidates(execution().threads)
    measured = measure(hows, lambda how: make_encoder(name, how), passages())
    sys.stdout.write(json.dumps([one.to_json() for one in measured]))


if __name__ == "__main__":
    main(sys.argv[1])
