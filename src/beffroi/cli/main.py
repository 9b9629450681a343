"""`beffroi`: the commands. Each is loaded only when it is called, so that `beffroi --help` answers at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from beffroi import __version__
from beffroi.vocabulary.errors import BeffroiError

EXIT_MISTAKE = 2
EXIT_INTERRUPTED = 130

COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("beffroi.cli.serve", "Run the house: cameras, alerts, web pages."),
    "demo": ("beffroi.cli.demo", "Run a demonstration on bundled street video."),
    "analyse": ("beffroi.cli.analyse", "Analyse video files: events, report, annotated video."),
    "evaluate": ("beffroi.cli.evaluate", "Measure recall and false alerts on labelled video."),
    "models": ("beffroi.cli.models", "List, add, verify and time detectors."),
    "retention": ("beffroi.cli.retention", "Prove that nothing expired is left; what goes when."),
    "users": ("beffroi.cli.users", "Accounts: add, list, change a password."),
    "regimes": ("beffroi.cli.regimes", "Legal regimes: list, check a file."),
    "stop-analysis": ("beffroi.cli.analysis:stop_analysis", "Stop all analysis at once; recording goes on."),
    "resume-analysis": ("beffroi.cli.analysis:resume_analysis", "Let analysis go on."),
    "audit": ("beffroi.cli.audit", "The journal: verify, export, rotate its signing key."),
    "export": ("beffroi.cli.export", "Check a sealed export of evidence."),
    "register": ("beffroi.cli.register", "The public register: figures, papers, search for biometrics."),
    "openapi": ("beffroi.cli.openapi", "Print the OpenAPI description of the API."),
    "doctor": ("beffroi.cli.doctor", "Say what is missing on this machine and how to mend it."),
}

ON_FILES = frozenset({"analyse", "evaluate"})
"""Commands that answer on the screen and end: no diary of a house between their lines."""


class LazyGroup(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  (typer's signature)
        """All commands, in the order of a first day."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """Import a command: the module's Typer application, or its function of that name."""
        if cmd_name not in COMMANDS:
            return None
        place, _, function_name = COMMANDS[cmd_name][0].partition(":")
        module = import_module(place)
        app = getattr(module, "app", None)
        if not isinstance(app, typer.Typer):
            function = app or getattr(module, function_name or cmd_name)
            app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
            app.command()(function)
        command = get_command(app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """List commands by their one-line texts, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


root = typer.Typer(
    cls=LazyGroup,
    name="beffroi",
    help="Beffroi watches a town's cameras with its agents, lawfully and with figures.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"beffroi {__version__}")
        raise typer.Exit


@root.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of all commands."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command. A foreseen error is one clear message and exit code 2, never a trace."""
    asked = sys.argv[1:] if arguments is None else arguments
    if asked[:1] and asked[0] in ON_FILES:
        import_module("beffroi.cli.quiet").say_warnings_only()
    try:
        get_command(root).main(args=arguments, prog_name="beffroi")
    except BeffroiError as error:
        typer.echo(f"beffroi: {error}", err=True)
        sys.exit(EXIT_MISTAKE)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    main()
