"""The OAI-PMH front door: ``application(index, …)`` gives the joint catalogue to those who harvest it."""

from __future__ import annotations

from gateway.frontends.oai.application import Options, application

__all__ = ["Options", "application"]
