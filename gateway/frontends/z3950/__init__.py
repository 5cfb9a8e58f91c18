"""The Z39.50 front door: ``await serve(catalogue, host, port)`` for any ``core.serving.Catalogue``."""

from gateway.frontends.z3950.options import ServerOptions
from gateway.frontends.z3950.server import Server, serve

__all__ = ["Server", "ServerOptions", "serve"]
