"""Bringing the mirror up to date, whoever asks for it."""

from switchboard.foundation.ground import Work
from switchboard.intelligence import mirror


async def refresh(work: Work, *, anew: bool = False, superseding: bool = False) -> mirror.Refreshed:
    """Bring the mirror up to date, in a unit of work of its own, which sees one moment; once more if it is damaged.

    Before other figures are served, those of a run it has not seen need not come: say it is `superseding` them.
    """
    try:
        return await _refresh(work, anew=anew, superseding=superseding)
    except mirror.MirrorDamaged:
        return await _refresh(work, anew=anew, superseding=superseding)


async def _refresh(work: Work, *, anew: bool, superseding: bool) -> mirror.Refreshed:
    async with work.beside(one_view=True) as reading:
        return await mirror.refresh(reading, anew=anew, superseding=superseding)
