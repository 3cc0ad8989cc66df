"""A command that does not exist is answered with the nearest one that does (click itself does so for options)."""

from __future__ import annotations

import rich_click as click

from neurodeploy.wording import nearest


class SuggestingGroup(click.RichGroup):
    """A group that knows what was probably meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of ``args[0]``; a usage error with the nearest name where there is none."""
        name, known = str(args[0]), self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            near = nearest(name, known)
            hint = f"Did you mean '{near}'?" if near else f"Use one of: {', '.join(known)}."
            raise click.UsageError(f"No such command '{name}'. {hint}", ctx)
        return super().resolve_command(ctx, args)
