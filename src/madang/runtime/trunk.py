"""Models that share their lower layers: one session of these in a process, and each text read once.

A trunk runs a text alone, as everything here does, so its vectors are a function of the token ids.
Those of the texts read last are kept under these ids: a second model that is asked about a text
gets, bit for bit, the vectors that the first one got. They take ``KEPT_BYTES`` at most, which is a
batch of 32 texts of 340 tokens at a width of 384, and nothing while a single model stands on the
trunk: it would keep what nobody asks for again.
"""

import hashlib
import threading
from collections import OrderedDict
from concurrent.futures import Future
from pathlib import Path
from weakref import WeakSet, WeakValueDictionary

import numpy as np
import numpy.typing as npt

from madang.errors import CheckpointError
from madang.formats.manifest import joined_sha256
from madang.runtime.onnx import OnnxRunner, open_graph, read_graph, run_graph
from madang.runtime.runner import Array, Arrays
from madang.runtime.signature import HIDDEN, MASK, TRUNK, Signature, above_trunk

KEPT_BYTES = 16 * 2**20

Ids = npt.NDArray[np.int64]


class Trunk:
    """The session of a trunk, and the vectors of the texts that it read last.

    ``users`` are the runners that stand on it. ``kept_bytes`` bounds the vectors that are kept.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        """Open the graph whose bytes stand at ``path``; ``CheckpointError`` where it is none."""
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.users: WeakSet[OnnxRunner] = WeakSet()
        self.kept_bytes = KEPT_BYTES
        self._session = open_graph(content, path, TRUNK)
        self._lock = threading.Lock()
        # What is being computed has its place already: who asks meanwhile waits for it.
        self._kept: OrderedDict[bytes, Future[Array]] = OrderedDict()
        self._num_bytes = 0

    @property
    def width(self) -> int:
        """The size of a vector."""
        width: int = self._session.get_outputs()[0].shape[-1]
        return width

    def read(self, ids_BT: Ids, mask_BT: Ids) -> Array:
        """Return the vectors of token ids, (B, T, D), not to be written into.

        Those of one text without padding are kept, where another model may ask for them.
        """
        size = ids_BT.size * self.width * 4
        is_alone = len(ids_BT) == 1 and bool(mask_BT.all())
        if not is_alone or len(self.users) < 2 or size > self.kept_bytes:
            return self.run(ids_BT, mask_BT)
        key = ids_BT.tobytes()
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            else:
                own = self._reserve(key, size)
        return found.result() if found is not None else self._fill(key, own, ids_BT, mask_BT)

    def run(self, ids_BT: Ids, mask_BT: Ids) -> Array:
        """Compute the vectors of token ids, (B, T, D)."""
        (hidden_BTD,) = run_graph(self._session, [HIDDEN], {"input_ids": ids_BT, MASK: mask_BT})
        return hidden_BTD

    def _reserve(self, key: bytes, size: int) -> "Future[Array]":
        """Give vectors of so many bytes a place, in that of the texts read longest ago."""
        while self._kept and self._num_bytes + size > self.kept_bytes:
            oldest, _ = self._kept.popitem(last=False)
            self._num_bytes -= self._size(oldest)
        self._num_bytes += size
        own = self._kept[key] = Future()
        return own

    def _fill(self, key: bytes, own: "Future[Array]", ids_BT: Ids, mask_BT: Ids) -> Array:
        try:
            hidden_BTD = self.run(ids_BT, mask_BT)
        except BaseException as error:
            with self._lock:
                if self._kept.get(key) is own:
                    del self._kept[key]
                    self._num_bytes -= self._size(key)
            own.set_exception(error)
            raise
        hidden_BTD.flags.writeable = False
        own.set_result(hidden_BTD)
        return hidden_BTD

    def _size(self, key: bytes) -> int:
        """Return the bytes of the vectors of the ids in a key."""
        return len(key) // np.dtype(np.int64).itemsize * self.width * 4


class TrunkRunner(OnnxRunner):
    """Run what stands on a trunk: token ids go in, as into a graph that is whole.

    ``sha256`` is of both graphs.
    """

    def __init__(
        self, path: Path, *, trunk: Trunk, signature: Signature, num_threads: int = 1
    ) -> None:
        """Open the file; raises ``CheckpointError`` as ``OnnxRunner``, and for another width."""
        super().__init__(path, signature=above_trunk(signature), num_threads=num_threads)
        width = self.input_width(HIDDEN)
        if width not in (None, trunk.width):
            raise CheckpointError(
                f"{path} reads vectors of {width} numbers, but the trunk that its manifest names "
                f"gives {trunk.width}. Put the model's own trunk back, or export the model again."
            )
        self.signature = signature
        self.sha256 = joined_sha256(trunk.sha256, self.graph_sha256)
        self._trunk = trunk
        trunk.users.add(self)

    def run_batch(self, feed: Arrays) -> tuple[Array, ...]:
        """Return the outputs of rows that are run at once, with the axis B."""
        further = {name: array for name, array in feed.items() if name != "input_ids"}
        hidden_BTD = self._trunk.read(feed["input_ids"], feed[MASK])
        return super().run_batch({HIDDEN: hidden_BTD, **further})


_trunks: WeakValueDictionary[str, Trunk] = WeakValueDictionary()
_opening = threading.Lock()


def open_trunk(path: Path, *, sha256: str) -> Trunk:
    """Return the trunk whose graph is at ``path``, the same object for all that stand on it.

    Raises ``CheckpointError`` when the graph is missing, cut off, or has another SHA-256.
    """
    content = read_graph(path)
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise CheckpointError(
            f"{path} has SHA-256 {found[:16]}…, but the model was exported on the trunk "
            f"{sha256[:16]}…. Put that trunk back, or export the model again on this one."
        )
    with _opening:
        trunk = _trunks.get(found)
        if trunk is None:
            trunk = _trunks[found] = Trunk(content, path)
        return trunk
