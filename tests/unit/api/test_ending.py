"""A command that a signal ends unwinds."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from api.terminal.ending import unwound


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_the_code_of_one(number: signal.Signals) -> None:
    before, unwinding = signal.getsignal(number), []

    with pytest.raises(SystemExit) as ended, unwound():
        try:
            os.kill(os.getpid(), number)
            threading.Event().wait(60)
        finally:
            unwinding.append(True)

    assert ended.value.code == 128 + number
    assert unwinding and signal.getsignal(number) is before


def test_a_library_that_takes_its_exception_for_ctrl_c_changes_no_code() -> None:
    with pytest.raises(SystemExit) as ended, unwound():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            threading.Event().wait(60)
        except SystemExit:
            raise KeyboardInterrupt from None

    assert ended.value.code == 128 + signal.SIGTERM


def test_ctrl_c_stays_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt), unwound():
        raise KeyboardInterrupt


def test_in_another_thread_signals_are_left_as_they_are() -> None:
    found = []

    def run() -> None:
        with unwound():
            found.append(signal.getsignal(signal.SIGTERM))

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [before]
