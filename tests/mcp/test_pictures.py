"""Pictures over MCP: an image that clients show, with what it shows in words."""

import base64

import pytest
from mcp_types import ImageContent, TextContent

from switchboard.foundation.ground import Ground
from switchboard.intelligence.operations.charts import chart
from tests.api.counter import key_of
from tests.mcp.house import Mode, client_of, listening
from tests.shop import open_shop

pytestmark = pytest.mark.slow
CHART = "customer_data_intelligence_chart"
ORDER = "order_id,customer_id,placed_at,unit_price\no1,c1,2024-01-02T10:00,10\n"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_chart_is_an_image_beside_its_sentence_and_not_sent_twice(ground: Ground, mode: Mode):
    shop = await open_shop(ground)
    await shop.bring(ORDER)
    await shop.segment()
    key = await key_of(ground, shop.caller)
    async with (
        listening(ground, operations={"intelligence.chart": chart}) as url,
        client_of(f"{url}/mcp", key, mode) as client,
    ):
        drawn = await client.call_tool(CHART, {"chart": "churn", "width": 300})
        drawing = await client.call_tool(CHART, {"chart": "churn", "format": "svg"})
    told, image = drawn.content
    assert isinstance(told, TextContent)
    assert isinstance(image, ImageContent)
    assert told.text.startswith("Customers by risk of leaving: ")
    assert image.mime_type == "image/png"
    assert base64.b64decode(image.data).startswith(b"\x89PNG")
    assert drawn.structured_content is not None
    assert drawn.structured_content["png"] is None
    assert [each.type for each in drawing.content] == ["text"]
    assert drawing.structured_content is not None
    assert drawing.structured_content["svg"].startswith("<svg ")
