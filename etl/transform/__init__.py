"""Frames in, frames out: no I/O, no clock, no environment."""
