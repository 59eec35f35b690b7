"""The five servers by name, built or not; what needs no SDK to be known."""

from dataclasses import dataclass

EVERYTHING = "mcp_enabled"  # the switch over all servers


@dataclass(frozen=True, slots=True)
class Known:
    """A server: its title, its switch, and what the names of its operations begin with."""

    title: str
    switch: str
    rooms: tuple[str, ...]
    is_built: bool = False


NAMES: dict[str, Known] = {
    "customer-data": Known("Customer data", "mcp_customer_data_enabled", ("customers", "intelligence"), is_built=True),
    "campaign-analytics": Known("Campaign analytics", "mcp_campaign_analytics_enabled", ("campaigns",)),
    "leadpulse": Known("LeadPulse", "mcp_leadpulse_enabled", ("leads",)),
    "external-services": Known("External services", "mcp_external_services_enabled", ("connectors",)),
    "monitoring": Known("Monitoring", "mcp_monitoring_enabled", ("jobs", "audit"), is_built=True),
}
