"""Titles that stand where a title is still missing, such as "Episode 7" or "TBA"."""

from __future__ import annotations

PLACEHOLDER_TITLE = r"(?i)^(?:tba|tbd|none|n/a|unknown|untitled|(?:episode|chapter|folge)\s+#?\d+|stardate\s+tbd)?$"
"""Read by Python and by polars, of a title without space around it; sql/checks/placeholder_title_after_date.sql too."""
