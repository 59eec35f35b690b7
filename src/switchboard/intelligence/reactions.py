"""What intelligence does about the news of others."""

from switchboard.customers.events import OrdersChanged
from switchboard.foundation.events import reaction
from switchboard.foundation.ground import Work
from switchboard.intelligence.jobs import ask_for_segmentation


@reaction(OrdersChanged)
async def segment_again(work: Work, news: OrdersChanged) -> None:
    """Orders came or went: segment the workspace anew."""
    await ask_for_segmentation(work, news.import_id)
