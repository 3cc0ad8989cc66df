"""A command that does not exist is answered with the nearest one that does (click itself does so for options)."""

from __future__ import annotations

from difflib import get_close_matches

import rich_click as click


class SuggestingGroup(click.RichGroup):
    """A group that knows what was probably meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of ``args[0]``; a usage error with the nearest name where there is none."""
        name, known = str(args[0]), self.list_commands(ctx)
        if name not in known and not name.startswith("-") and not ctx.resilient_parsing:
            near = get_close_matches(name, known, 1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Use one of: {', '.join(known)}."
            raise click.UsageError(f"No such command '{name}'. {hint}", ctx)
        return super().resolve_command(ctx, args)
