"""The HTTP front door: ``/search`` as page, JSON and streams, records, targets, health and metrics."""

from gateway.frontends.http.server import HttpFrontend, create_application

__all__ = ["HttpFrontend", "create_application"]
