"""OAI-PMH 2.0 without input or output: requests and answers of both sides as values and bytes.

Source: The Open Archives Initiative Protocol for Metadata Harvesting, version 2.0 (document version 2015-01-08).
"""
