"""What `make bench` measures: ratios and bounds, side by side in one run, on a loopback server of its own."""
