"""What comes next in a history of items: its graph and its words."""

from madang.datasets.table.reader import PACKED_SUFFIXES, SUFFIXES
from madang.runtime.signature import Input, Signature
from madang.tasks.task import Opening, Task

RECOMMENDATION = Task(
    name="recommendation",
    opening=Opening(
        "A recommender",
        "it gives the items that go best with a history of items, the oldest first. It reads the "
        "last {max_length} of a long one.",
        "madang recommend --model {name} --history …",
        (
            "It knows what people did and not why. What is popular is recommended more often than "
            "what is not, and what was shown before was met more often.",
            "A score is comparable within one answer alone. It is no probability.",
            "An item that nobody met can be recommended only where the model was trained with "
            "descriptions.",
        ),
    ),
    signature=Signature(
        "a recommender", {"inputs_embeds": Input(width="hidden_size")}, {"next_vector": ""}
    ),
    baseline="popularity",
    files=(*SUFFIXES, *PACKED_SUFFIXES),
    file_split="test",
)
