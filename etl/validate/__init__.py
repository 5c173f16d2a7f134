"""Validating what is published: every file keeps its contract, and all of them say the same."""

from etl.validate.database import inspect_database
from etl.validate.problems import Problem, render_problems
from etl.validate.release import inspect_release

__all__ = ["Problem", "inspect_database", "inspect_release", "render_problems"]
