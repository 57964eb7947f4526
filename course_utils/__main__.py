"""What the course does from the command line: ``python -m course_utils data``."""

import argparse
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
    from course_utils import sources

    known = {"fashion_mnist": sources.FASHION_MNIST, "cifar10": sources.CIFAR10}
    names = list(known) if "all" in options.names else options.names
    found = [sources.find(known[name]) for name in names]
    for source in found:
        print(f"{source.name}\n    {source.location}")
    return 0 if all(source.is_complete for source in found) else 1


if __name__ == "__main__":
    sys.exit(main())
