"""One file a source: asks it, holds every row against the raw contract, copies what keeps it."""
