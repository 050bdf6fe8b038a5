"""huimin messages: what residents write, learned from labelled messages."""

from pathlib import Path
from typing import Annotated

import typer

from huimin_platform.command import session
from huimin_platform.command.words import gettext as _


def messages(
    folder: Annotated[
        Path, typer.Argument(exists=True, help=_("A folder or file of labelled messages, CSV or Excel."))
    ],
    held_out: Annotated[
        Path | None, typer.Option(exists=True, help=_("Labelled messages to judge by, never learned from."))
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help=_("Parts for the cross-validation."))] = 5,
    seed: Annotated[int, typer.Option(help=_("Another number shares the messages out otherwise."))] = 0,
    save: Annotated[bool, typer.Option(help=_("Keep what was learned for the pages."))] = True,
) -> None:
    """Learns to sort messages, prints the macro-F1 by cross-validation and on the held-out part, and keeps it."""
    from huimin.needs import learning

    try:
        labelled = learning.read(folder)
        unseen = learning.read(held_out) if held_out else None
    except learning.NothingToLearn as problem:
        words = _("%(name)s holds no labelled messages (留言主题, 留言详情, 一级分类) of two topics or more.")
        session.fail(words % {"name": problem}, session.PROBLEMS)
    learned = learning.learn(labelled)
    data: dict[str, float | int] = {
        "messages": len(labelled.messages),
        "macro_f1_cross_validated": learning.cross_validated(labelled, seed=seed, folds=folds),
    }
    if unseen is not None:
        data["held_out"] = len(unseen.messages)
        data["macro_f1_held_out"] = learning.macro_f1(unseen.topics, learned.topics_of(unseen.messages))
    if save:
        with session.opened():
            from huimin_platform.needs import sorting

            learned.save(sorting.path())
    session.answer(data, lambda: _show(data))


def _show(data: dict[str, float | int]) -> None:
    typer.echo(_("Learned from %(count)s messages.") % {"count": data["messages"]})
    words = _("Macro-F1 by cross-validation: %(score)s")
    typer.echo(words % {"score": f"{data['macro_f1_cross_validated']:.4f}"})
    if "held_out" in data:
        words = _("Macro-F1 on %(count)s held-out messages: %(score)s")
        typer.echo(words % {"count": data["held_out"], "score": f"{data['macro_f1_held_out']:.4f}"})
