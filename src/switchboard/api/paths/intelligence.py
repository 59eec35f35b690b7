"""`/api/mcp/…`: customers, archetypes and campaigns, at the addresses that were published."""

from switchboard.api.paths.published import Published

CUSTOMER = {"id": "customer_id"}
INTELLIGENCE = (
    Published("GET", "/api/mcp/customer/random", "intelligence.random_customer"),  # before the one it would be an id of
    Published("GET", "/api/mcp/customer/{id}", "intelligence.profile", CUSTOMER),
    Published("GET", "/api/mcp/customer/{id}/churn-risk", "intelligence.churn_risk", CUSTOMER),
    Published("GET", "/api/mcp/customer/{id}/next-purchase", "intelligence.next_purchase", CUSTOMER),
    Published("GET", "/api/mcp/customer/{id}/ltv-forecast", "intelligence.ltv_forecast", CUSTOMER),
    Published("GET", "/api/mcp/revenue/forecast", "intelligence.revenue_forecast"),
    Published("GET", "/api/mcp/growth/projection", "intelligence.growth_projection"),
    Published("GET", "/api/mcp/archetypes/growth-projection", "intelligence.archetype_growth"),
    Published("GET", "/api/mcp/churn/aggregate", "intelligence.churn_aggregate"),
    Published("GET", "/api/mcp/archetypes/top", "intelligence.top_archetypes"),
    Published("GET", "/api/mcp/archetype/{id}", "intelligence.archetype", {"id": "archetype_id"}),
    Published("GET", "/api/mcp/campaign/{goal}", "intelligence.recommend_segments"),
    Published("POST", "/api/mcp/search", "intelligence.search"),
    Published("POST", "/api/mcp/campaigns/recommend", "intelligence.recommend_customers"),
)
