"""From frames to a release: database, exports, reports, and the atomic switch."""
