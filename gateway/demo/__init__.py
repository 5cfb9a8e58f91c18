"""A province to try Wenyuan with: sample editions, member libraries that are real servers, and their supervisor."""
