"""neurodeploy board, as a process: it answers, says what is wrong, and ends when told to."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from command_line import call, said

pytest.importorskip("unicorn")

COMMAND = [sys.executable, "-c", "from neurodeploy.cli import main; main()", "board", "emulate"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_emulate_answers_until_it_is_ended(how: signal.Signals) -> None:
    address = f"127.0.0.{70 + how}"
    process = subprocess.Popen([*COMMAND, "--address", address], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert address in process.stdout.readline()
    assert said("board", "probe", address)["version"] == "4.0.0"
    process.send_signal(how)
    rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0 and "packets received" in rest


@pytest.mark.parametrize("quiet", [False, True])
def test_emulate_says_what_to_configure_and_what_hosts_do(quiet: bool) -> None:
    address = f"127.0.0.{60 + quiet}"
    process = subprocess.Popen(
        [*COMMAND, "--address", address, "--reboot-at", "2", *(["--quiet"] if quiet else [])],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None and process.stderr is not None
    assert address in process.stdout.readline()
    said("board", "probe", address)  # two packets
    told = "" if quiet else process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    out = process.stdout.read()
    assert process.wait(20) == 0
    assert ("machine_name = " + address in out) == ("enable_reinjection = False" in out) == (not quiet)
    assert ("booted again" in told) == (not quiet)


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--dead-chip", "1"], "'1' is not x,y"), (["--dead-core", "1,2"], "'1,2' is not x,y,core"), (["--drop-packets", "2"], "range")],
)  # fmt: skip
def test_wrong_faults_are_refused(options: list[str], message: str) -> None:
    done = subprocess.run([*COMMAND, *options], capture_output=True, text=True)
    assert done.returncode == 2 and message in done.stderr


def test_probe_says_what_is_missing() -> None:
    done = call("board", "probe", "127.0.0.69")
    assert done.code == 1 and "ND511" in done.err
