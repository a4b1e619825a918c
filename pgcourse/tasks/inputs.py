"""Functions that checks hand to students' functions: small, deterministic, and known to students' copies too."""
