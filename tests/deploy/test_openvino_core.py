"""OpenVINO does nothing to the process that uses it."""

import subprocess
import sys

import pytest

pytest.importorskip("openvino", exc_type=ImportError)

USED = """
import signal, sys, threading
from hrnet_mm.deploy.openvino_core import import_openvino, openvino_core

openvino = import_openvino()
from openvino import opset13 as operators

def compiled():
    image = operators.parameter([1, 3, 8, 8], openvino.Type.f32)
    model = openvino.Model([operators.relu(image)], [image])
    return openvino_core().compile_model(model, "CPU")

"""


def test_nothing_is_reported() -> None:
    said = _run("print(threading.active_count(), sys.modules['openvino_telemetry'])")
    assert said == "1 None\n"


@pytest.mark.parametrize(
    "delete", ["del models[0]; del models[0]", "threading.Thread(target=models.clear).start()"]
)
def test_signals_are_handled_when_models_are_gone(delete: str) -> None:
    said = _run(
        "models = [compiled(), compiled()]\n"
        f"{delete}\n"
        "signal.signal(signal.SIGUSR1, lambda *_: print('handled'))\n"
        "signal.raise_signal(signal.SIGUSR1)\n"
    )
    assert said == "handled\n"


def _run(code: str) -> str:
    command = [sys.executable, "-X", "faulthandler", "-c", USED + code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.returncode, done.stderr)
    return done.stdout
