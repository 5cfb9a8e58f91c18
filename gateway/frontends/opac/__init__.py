"""The public pages: answers, records and libraries as HTML, in Chinese and English. Pure rendering."""

from gateway.frontends.opac.pages import Pages

__all__ = ["Pages"]
