"""What is said about where in a run an error was raised."""

from collections.abc import Callable
from typing import Any

import pytest

from hrnet_mm.launch.run_phase import RunPhaseHook, run_phase


class _Runner:
    """What the hook uses of a runner."""

    iter = 11

    def register_hook(self, hook: RunPhaseHook, priority: str) -> None:
        assert priority == "HIGHEST"
        self.hook = hook


RUNNER: Any = _Runner()
PHASES: dict[Callable[[RunPhaseHook], Any], str] = {
    lambda hook: None: "before the first iteration",
    lambda hook: hook.before_train_iter(RUNNER, 3): "in iteration 12",
    lambda hook: hook.after_train_iter(RUNNER, 3): "after iteration 12",
    lambda hook: hook.before_val_iter(RUNNER, 3): "in batch 4 of the validation after iteration 11",
    lambda hook: hook.after_val_iter(
        RUNNER, 3
    ): "after batch 4 of the validation after iteration 11",
    lambda hook: hook.before_test_iter(RUNNER, 3): "in batch 4 of the test",
    lambda hook: hook.after_test_iter(RUNNER, 3): "after batch 4 of the test",
}


@pytest.mark.parametrize("progress", PHASES)
def test_the_iteration_is_named(progress: Callable[[RunPhaseHook], Any]) -> None:
    def run() -> None:
        with run_phase(RUNNER):
            progress(RUNNER.hook)
            raise ValueError("bad")

    with pytest.raises(ValueError, match="bad") as caught:
        run()
    assert caught.value.__notes__ == [PHASES[progress]]
