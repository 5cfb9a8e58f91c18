"""What the fields of each format mean: one view per format over the tables in ``config/maps``."""
