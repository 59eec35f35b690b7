"""What intelligence does about the news of others."""

from switchboard.customers.events import OrdersArrived, OrdersChanged, PeopleMerged
from switchboard.foundation.events import reaction
from switchboard.foundation.ground import Work
from switchboard.intelligence import ahead
from switchboard.intelligence.events import FiguresServed
from switchboard.intelligence.following import follow
from switchboard.intelligence.jobs import ask_for_segmentation, ask_once


@reaction(OrdersChanged)
async def segment_again(work: Work, news: OrdersChanged) -> None:
    """Orders came or went: segment the workspace anew."""
    await ask_for_segmentation(work, news.import_id)


@reaction(PeopleMerged)
async def segment_merged(work: Work, news: PeopleMerged) -> None:
    """People became one or are no more: their orders are counted anew."""
    await ask_for_segmentation(work, news.change_id)


@reaction(OrdersArrived)
async def follow_orders(work: Work, _: OrdersArrived) -> None:
    """Orders came in a stream: the figures of whoever they are of follow at once, those of very many by a run."""
    await _follow(work)


@reaction(FiguresServed)
async def follow_run(work: Work, _: FiguresServed) -> None:
    """A run is served: who changed while it was worked out is brought up to date."""
    await _follow(work)


@reaction(FiguresServed)
async def answer_ahead(work: Work, news: FiguresServed) -> None:
    """A run is served: what is asked most is answered for it."""
    await ahead.ask(work, news.run)


async def _follow(work: Work) -> None:
    too_many_after = await follow(work)
    if too_many_after is not None:
        await ask_once(work, too_many_after)
