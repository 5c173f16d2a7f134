"""The contracts: what every table holds, checked, commented and documented from one place."""
