"""The SRU front door: ``application(catalogue)`` is an aiohttp application, for any prefix or a server of its own."""

from __future__ import annotations

from gateway.frontends.sru.application import application

__all__ = ["application"]
