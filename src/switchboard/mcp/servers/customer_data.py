"""Customers: who they are, what segments they are in, and whether they will stay."""

from switchboard.mcp.servers.server import ToolServer

CUSTOMER_DATA = ToolServer(
    name="customer-data",
    published=(
        "get_customer_profile",
        "search_customers",
        "get_archetype_stats",
        "calculate_segment_trends",
        "predict_churn_risk",
        "recommend_segments_for_campaign",
    ),
)
