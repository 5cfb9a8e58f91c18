"""What operators write: targets (files or URLs), profiles, and the gateway's own options."""

from gateway.settings.gateway import GatewaySettings, load_gateway_settings
from gateway.settings.targets import load_targets, target_from_url

__all__ = ["GatewaySettings", "load_gateway_settings", "load_targets", "target_from_url"]
