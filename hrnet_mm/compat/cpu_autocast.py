"""``AmpOptimWrapper`` trains in bfloat16 on a machine without an accelerator.

Broken: its constructor asserts that there is a GPU, NPU, MLU or MUSA device, though PyTorch and
``mmengine.runner.autocast`` have bfloat16 on the CPU.
Since: always, mmengine up to 0.10.7.
Can go: when mmengine accepts the CPU.

Repaired, only where mmengine finds no accelerator: the wrapper autocasts to bfloat16 and does not
scale the loss, which bfloat16 does not need; it says so. Any other dtype is an error.
"""

from types import ModuleType
from typing import TYPE_CHECKING, Any

from hrnet_mm.errors import UserError
from hrnet_mm.post_import import Patch, raises

if TYPE_CHECKING:
    import torch


def _refuses_cpu(module: ModuleType) -> bool:
    import torch
    from mmengine.device import get_device

    if get_device() != "cpu":
        return False
    optimizer = torch.optim.SGD([torch.zeros(1, device="cpu")], lr=0.1)
    return raises(AssertionError, module.AmpOptimWrapper, dtype="bfloat16", optimizer=optimizer)


def _accept_cpu(module: ModuleType) -> None:
    def init(
        self: Any,
        loss_scale: Any = "dynamic",
        dtype: "str | torch.dtype | None" = None,
        use_fsdp: bool = False,
        **settings: Any,
    ) -> None:
        """Take the arguments of the stock wrapper; on the CPU only ``dtype`` has an effect."""
        import torch
        from mmengine.logging import print_log
        from torch.amp.grad_scaler import GradScaler

        if use_fsdp:
            raise UserError("AmpOptimWrapper: use_fsdp=True needs an accelerator; there is none.")
        if dtype not in (None, "bfloat16", torch.bfloat16):
            raise UserError(f"AmpOptimWrapper: dtype={dtype}, but the CPU autocasts to bfloat16.")
        print_log(
            "AmpOptimWrapper: on the CPU it trains in bfloat16, without loss scaling.",
            logger="current",
        )
        super(module.AmpOptimWrapper, self).__init__(**settings)
        self.cast_dtype = torch.bfloat16
        self.loss_scaler = GradScaler("cpu", enabled=False)
        self._scale_update_param = None

    # There is no loss scale to save, and a GPU run could not resume from an empty one.
    module.AmpOptimWrapper.state_dict = module.OptimWrapper.state_dict
    module.AmpOptimWrapper.__init__ = init


REPAIR = Patch(
    title="AmpOptimWrapper in bfloat16 on a machine without an accelerator",
    waits_for="mmengine.optim.optimizer.amp_optimizer_wrapper",
    is_needed=_refuses_cpu,
    apply=_accept_cpu,
)
