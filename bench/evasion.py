"""How many labels survive letter tricks, and how many ordinary texts are accused for them.

``python bench/evasion.py --model ads`` reads the texts of ``madang/tasks/evasion.toml`` as they
stand and in ten ways of writing, and prints for each way the share that keeps its label.
"""

import argparse

from madang.serving import Classifier
from madang.tasks.evasion import measure_evasions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", nargs="+", default=["ads"])
    for name in parser.parse_args().model:
        found = measure_evasions(Classifier.load(name))
        print(f"{name}, label {found.label}")
        for figure, value in found.figures().items():
            print(f"  {figure:22} {value.value:.3f}  [{value.low:.3f}, {value.high:.3f}]")
        print(f"  {len(found.is_kept)} evasions of {len(found.found)} of {found.num_texts} texts")
        print(f"  ordinary texts accused: {len(found.accused_plain)} as they stand, ", end="")
        print(f"{len(found.accused)} in some way of writing")
        for text in found.accused:
            print(f"    {text}")


if __name__ == "__main__":
    main()
