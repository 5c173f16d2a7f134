"""Bundles: all that a run heard and began with, in one archive that gives the same bytes on another machine."""
