"""The index that many gateways share: Elasticsearch 8.19 or 9.x holds the truth and searches it."""

from index.elasticsearch.engine import ElasticsearchIndex, open_index

__all__ = ["ElasticsearchIndex", "open_index"]
