"""The same claims as FHIR R4B resources (CLM-13): ``docs/fhir.md`` has the mapping.

Nothing here imports ``fhir.resources`` at the top: ``library`` loads it when the first resource arrives or leaves, so
that a process which answers no FHIR request never pays for it.
"""
