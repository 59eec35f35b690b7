"""What intelligence does about the news of others."""

from switchboard.customers.events import OrdersChanged, PeopleMerged
from switchboard.foundation.events import reaction
from switchboard.foundation.ground import Work
from switchboard.intelligence.jobs import ask_for_segmentation


@reaction(OrdersChanged)
async def segment_again(work: Work, news: OrdersChanged) -> None:
    """Orders came or went: segment the workspace anew."""
    await ask_for_segmentation(work, news.import_id)


@reaction(PeopleMerged)
async def segment_merged(work: Work, news: PeopleMerged) -> None:
    """People became one or are no more: their orders are counted anew."""
    await ask_for_segmentation(work, news.change_id)
