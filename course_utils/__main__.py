"""The course from the command line: ``python -m course_utils data`` and ``train``."""

import argparse
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand.

    Parameters
    ----------
    arguments
        Words of the command line; None means this process's own.

    Returns
    -------
    int
        Exit code: 0 where all went well.
    """
    parser = argparse.ArgumentParser(prog="python -m course_utils")
    commands = parser.add_subparsers(required=True, metavar="command")
    _add_data(commands)
    _add_train(commands)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _add_data(commands: "argparse._SubParsersAction") -> None:
    text = "Find or fetch the data sets, and say where they are."
    command = commands.add_parser("data", help=text, description=text)
    command.add_argument(
        "names",
        nargs="*",
        choices=("fashion_mnist", "cifar10", "all"),
        default="all",
        help="which data sets; all by default",
    )
    command.set_defaults(run=_data)


def _data(options: argparse.Namespace) -> int:
    """Return 0 where every data set asked for is complete."""
    from course_utils.data import sources

    known = {"fashion_mnist": sources.FASHION_MNIST, "cifar10": sources.CIFAR10}
    names = list(known) if "all" in options.names else options.names
    found = [sources.find(known[name]) for name in names]
    for source in found:
        print(f"{source.name}\n    {source.location}")
    return 0 if all(source.is_complete for source in found) else 1


def _add_train(commands: "argparse._SubParsersAction") -> None:
    text = "Train a network on FashionMNIST; started by torchrun, on several processes."
    command = commands.add_parser("train", help=text, description=text)
    command.add_argument(
        "model", choices=("FashionANN", "FashionCNN", "SmallFashionCNN")
    )
    command.add_argument("--epochs", type=int, default=15)
    command.add_argument("--batch-size", type=int, default=128)
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--precision", default="auto")
    command.add_argument("--checkpoint", help="save here after each epoch, and resume")
    command.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> int:
    """Return 0 once the network is trained."""
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
