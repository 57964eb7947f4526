"""The course from the command line: ``python -m course_utils data`` and ``train``."""

import argparse
import os
import sys
from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code, 0 where all went well."""
    options = _parser().parse_args(words)
    try:
        return options.run(options)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m course_utils")
    commands = parser.add_subparsers(required=True, metavar="command")

    text = "Find or fetch the data sets, and say where they are."
    data = commands.add_parser("data", help=text, description=text)
    names, text = ("fashion_mnist", "cifar10", "all"), "which data sets; all by default"
    data.add_argument("names", nargs="*", choices=names, default="all", help=text)
    data.set_defaults(run=_data)

    text = "Train a network on FashionMNIST; started by torchrun, on several processes."
    train = commands.add_parser("train", help=text, description=text)
    train.add_argument("model", choices=("FashionANN", "FashionCNN", "SmallFashionCNN"))
    train.add_argument("--epochs", type=int, default=15)
    train.add_argument("--batch-size", type=int, default=128)
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--precision", default="auto")
    train.add_argument("--checkpoint", help="save here after each epoch, and resume")
    train.set_defaults(run=_train)
    return parser


def _data(options: argparse.Namespace) -> int:
    """Return 0 where every data set asked for is complete."""
    from course_utils.data import sources

    known = {"fashion_mnist": sources.FASHION_MNIST, "cifar10": sources.CIFAR10}
    names = list(known) if "all" in options.names else options.names
    found = [sources.find(known[name]) for name in names]
    for source in found:
        print(f"{source.name}\n    {source.location}")
    return 0 if all(source.is_complete for source in found) else 1


def _train(options: argparse.Namespace) -> int:
    from course_utils import models
    from course_utils.data import load_fashion_mnist
    from course_utils.runtime import set_seed
    from course_utils.training import evaluate, fit

    data = load_fashion_mnist()
    generator = set_seed(options.seed)
    model = getattr(models, options.model)()
    history = fit(
        model,
        data.loader("train", batch_size=options.batch_size, generator=generator),
        data.loader("val"),
        epochs=options.epochs,
        precision=options.precision,
        checkpoint=options.checkpoint,
    )
    if history.interrupted:
        return 130
    if os.environ.get("RANK", "0") == "0":
        test = evaluate(model, data.loader("test"))
        print(f"{data.name}: test accuracy {test.accuracy:.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
