"""Load: locust journeys for a running system, and the bench of ratios to raw floors."""
