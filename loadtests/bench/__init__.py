"""Our figures beside their raw floors, measured in one run with the same payload: ``python -m loadtests.bench``."""
