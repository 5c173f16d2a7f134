"""What people give us in files: read within limits, parsed strictly, each fault named with file, line and mend."""
