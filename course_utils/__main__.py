"""The course from the command line: ``python -m course_utils`` and a command."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

CHECKOUT = Path(__file__).resolve().parents[1]


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code, 0 where all went well."""
    parser = _parser()
    options, more = parser.parse_known_args(words)
    if more and options.run is not _lab:
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    options.for_lab = more
    sys.stdout.reconfigure(errors="backslashreplace")  # into a file on Windows: cp1252
    try:
        code = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # `progress | head -1` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return code


def _path(word: str) -> Path:
    try:
        return Path(word).expanduser().resolve()
    except RuntimeError as error:  # ~nobody has no home
        raise argparse.ArgumentTypeError(f"{word}: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m course_utils")
    mine = {"type": _path, "default": f"{CHECKOUT / 'my_notebooks'}"}
    mine["help"] = "the folder of your copies; my_notebooks by default"
    commands = parser.add_subparsers(required=True, metavar="command")

    text = "Open JupyterLab, which gets all other arguments, on notebooks of your own."
    lab = commands.add_parser("lab", help=text, description=text, allow_abbrev=False)
    lab.add_argument("--folder", **mine)
    lab.set_defaults(run=_lab)

    text = "Open JupyterLab on the originals, for authors."
    edit = commands.add_parser("edit", help=text, description=text, allow_abbrev=False)
    edit.set_defaults(run=_lab, folder=None)

    text = "Count the exercises that you have solved, as your saved notebooks say."
    progress = commands.add_parser("progress", help=text, description=text)
    progress.add_argument("folder", nargs="?", **mine)
    progress.set_defaults(run=_progress)

    text = "Find or fetch the data sets, and say where they are."
    data = commands.add_parser("data", help=text, description=text)
    names, text = ("fashion_mnist", "cifar10", "all"), "which data sets; all by default"
    data.add_argument("names", nargs="*", choices=names, default="all", help=text)
    data.set_defaults(run=_data)

    text = "Train a network on FashionMNIST; started by torchrun, on several processes."
    train = commands.add_parser("train", help=text, description=text)
    train.add_argument("model", choices=("FashionANN", "FashionCNN", "SmallFashionCNN"))
    train.add_argument("--epochs", type=int, help="15 by default")
    train.add_argument("--batch-size", type=int, default=128)
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--precision", default="auto")
    train.add_argument("--device", help="cpu, cuda or mps; the fastest by default")
    train.add_argument("--checkpoint", type=_path, help="save here, and resume")
    train.set_defaults(run=_train)
    return parser


def _lab(options: argparse.Namespace) -> int:
    """Open the first notebook: a copy where there is a folder for copies."""
    from course_utils.lab import make_copies, notebooks_in

    originals = CHECKOUT / "notebooks"
    notebook = next(iter(notebooks_in(originals)), None)
    if notebook is None:
        raise ValueError(f"{originals} has no notebooks; run this in the checkout.")
    if options.folder:
        if options.folder == originals.resolve():
            raise ValueError(f"{originals} holds the originals; give another folder")
        try:
            notebook = make_copies(originals, options.folder)
        except OSError as error:
            raise ValueError(
                f"{error.filename or options.folder}: {error.strerror}. For copies in "
                "another folder: python -m course_utils lab --folder PATH"
            ) from error
    return _open(notebook, options.for_lab)


def _open(notebook: Path, arguments: Sequence[str]) -> int:
    """Run JupyterLab at a notebook, in the folder above the notebook's own."""
    try:
        from jupyterlab.labapp import main as jupyterlab
    except ImportError as error:
        raise ValueError(
            f"{sys.executable} has no JupyterLab: the course is not installed, or in "
            "another Python. The README says how."
        ) from error
    root = notebook.parents[1]
    address = "/lab/tree/" + quote(notebook.relative_to(root).as_posix())
    words = [f"--ServerApp.root_dir={root}", f"--LabApp.default_url={address}"]
    words.append("--Application.log_level=WARN")  # or its log hides what was said above
    # Its overrides: no question about news over the first sentence.
    words.append(f"--LabApp.app_settings_dir={Path(__file__).parent}/assets/jupyterlab")
    if getattr(os, "geteuid", lambda: None)() == 0:
        print("You are root, so JupyterLab is told --allow-root.")
        words.append("--allow-root")
    jupyterlab([*words, *arguments])
    return 0


def _progress(options: argparse.Namespace) -> int:
    from course_utils.lab import progress

    print(*progress(CHECKOUT / "notebooks", options.folder), sep="\n")
    return 0


def _data(options: argparse.Namespace) -> int:
    """Return 0 where every data set asked for is complete."""
    from course_utils.data import sources

    known = {"fashion_mnist": sources.FASHION_MNIST, "cifar10": sources.CIFAR10}
    names = list(known) if "all" in options.names else options.names
    print("{}\n    {}".format(*sources.data_folder()))
    found = [sources.find(known[name]) for name in names]
    for source in found:
        print(f"{source.name}\n    {source.location}")
    if os.environ.get("COURSE_PROFILE") == "ci":
        print("COURSE_PROFILE is ci, which downloads nothing: unset it to fetch data.")
    return 0 if all(source.is_complete for source in found) else 1


def _train(options: argparse.Namespace) -> int:
    from course_utils import models
    from course_utils.data import load_fashion_mnist
    from course_utils.distributed import Team
    from course_utils.runtime import as_device, best_device, current_profile, set_seed
    from course_utils.training import evaluate, fit

    device = as_device("--device", options.device or best_device())
    if device.type == "meta":
        raise ValueError("--device is meta, which holds shapes only: nothing to train")
    data = load_fashion_mnist()
    generator = set_seed(options.seed)
    model = getattr(models, options.model)()
    epochs = current_profile().epochs(15) if options.epochs is None else options.epochs
    history = fit(
        model,
        data.loader("train", batch_size=options.batch_size, generator=generator),
        data.loader("val"),
        epochs=epochs,
        device=device,
        precision=options.precision,
        checkpoint=options.checkpoint,
    )
    if history.interrupted:
        print("Interrupted. With --checkpoint FILE the same command goes on from it.")
        return 130
    if Team(device).leads:
        test = evaluate(model, data.loader("test"))
        print(f"{data.name}: test accuracy {test.accuracy:.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
