"""Where the weights of a run lie: whole in every process, or each process a part of them.

Whole, gradients are summed after the backward pass. In parts (FSDP2), a process keeps its share of
weights, gradients and moments, and collects the weights of a block only while it computes with
them: Zhao 2023, section 3. Either way the sums, and so the run, are the same up to rounding, and
what is written to disk is whole: a run may go on with another number of processes, or in the other
way. The loop calls ``module``, which shares its parameters' names with the model that it was given.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from madang.core.block import Block
from madang.training.device.distributed import World
from madang.training.objective import Indices
from madang.training.settings import TrainingSettings, warn_useless

Shares = list[tuple[Sequence[int], float]]


def place(model: nn.Module, world: World, settings: TrainingSettings) -> "Placement":
    """Return where the weights of ``model`` are to lie, and compile its blocks if asked to."""
    if settings.sharding == "fsdp2" and world.size == 1:
        warn_useless("sharding", "there is one process; torchrun starts more")
    is_sharded = settings.sharding == "fsdp2" and world.size > 1
    # Compiling and sharding change a module for good; the model goes on to be saved and exported.
    module = twin(model) if is_sharded or settings.compile else model
    if settings.compile:
        for block in blocks(module):
            block.compile()
    return (ShardedPlacement if is_sharded else Placement)(model, module, world)


def blocks(module: nn.Module) -> list[Block]:
    """Return the transformer blocks of a model, which are compiled and sharded one by one."""
    return [part for part in module.modules() if isinstance(part, Block)]


def twin(model: nn.Module) -> nn.Module:
    """Return a copy of a model that has the very parameters and buffers of the first."""
    shared = [*model.parameters(), *model.buffers()]
    return copy.deepcopy(model, {id(tensor): tensor for tensor in shared})


class Placement:
    """The module that a run trains, and the way from and to whole tensors.

    Here every process holds the whole model.
    """

    def __init__(self, model: nn.Module, module: nn.Module, world: World) -> None:
        self.module = module
        self._model = model
        self._world = world

    def shares(self, batches: Sequence[Indices]) -> Shares:
        """Return what this process reads of each batch, and 1, or 0 where it does not count."""
        shares = (self._world.share(batch.tolist()) for batch in batches)
        return [(share, 1.0) for share in shares if share]

    def sum_gradients(self) -> None:
        """Sum what the last backward pass left in each process, where that was not done yet."""
        self._world.sum_gradients(self.module.parameters())

    @contextmanager
    def gathered(self) -> Iterator[nn.Module]:
        """Give the model its whole weights for a while, in the first process at least."""
        yield self._model

    def whole(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return tensors of the optimizer whole; every process calls it."""
        return {name: _whole(tensor) for name, tensor in tensors.items()}

    def part(self, tensor: Tensor, parameter: nn.Parameter) -> Tensor:
        """Return what this process keeps of a whole tensor that belongs to ``parameter``."""
        return tensor.to(parameter.device)

    def finish(self) -> None:
        """Leave the model with its whole weights in every process."""


class ShardedPlacement(Placement):
    """Every process holds an equal part of each parameter, of its gradient and of its moments."""

    def __init__(self, model: nn.Module, module: nn.Module, world: World) -> None:
        super().__init__(model, module, world)
        mesh = init_device_mesh(world.device.type, (world.size,))
        for part in (*blocks(module), module):
            fully_shard(part, mesh=mesh)
        for part in module.modules():
            if isinstance(part, FSDPModule):
                # Sums, as everywhere here: the division by the items of all processes comes later.
                part.set_gradient_divide_factor(1.0)
                part.set_force_sum_reduction_for_comms(True)
        self._empty()

    def shares(self, batches: Sequence[Indices]) -> Shares:
        """Let a process without a share read an example too: each pass needs all processes."""
        shares = [(self._world.share(batch.tolist()), batch) for batch in batches]
        return [(share or batch[:1].tolist(), float(len(share) > 0)) for share, batch in shares]

    def sum_gradients(self) -> None:
        """Do nothing: the backward pass has summed them."""

    @contextmanager
    def gathered(self) -> Iterator[nn.Module]:
        """Collect the weights, and let go of them again."""
        self._fill(is_kept=self._world.is_first)
        yield self._model
        self._empty()

    def part(self, tensor: Tensor, parameter: nn.Parameter) -> Tensor:
        """Cut a tensor as its parameter is cut; the number of steps stays whole."""
        assert isinstance(parameter, DTensor)
        tensor = tensor.to(self._world.device)
        if tensor.shape != parameter.shape:
            return tensor
        return distribute_tensor(tensor, parameter.device_mesh, parameter.placements)

    def finish(self) -> None:
        """Collect the weights in every process, for good."""
        self._fill(is_kept=True)

    def _fill(self, *, is_kept: bool) -> None:
        parameters = dict(self.module.named_parameters())
        for name, parameter in self._model.named_parameters():
            tensor = _whole(parameters[name].detach())
            if is_kept:
                parameter.data = tensor

    def _empty(self) -> None:
        for parameter in self._model.parameters():
            parameter.data = parameter.data.new_empty(0)


def _whole(tensor: Tensor) -> Tensor:
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def gradient_norm(gradients: list[Tensor]) -> float:
    """Return the length of all gradients together, wherever their parts lie."""
    return float(_whole(torch.nn.utils.get_total_norm(gradients)))
