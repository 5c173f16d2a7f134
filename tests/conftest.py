from __future__ import annotations

from hypothesis import settings

# A deadline measures the machine, not the code: with a neighbour on it, any example takes too long now and then.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")
