"""The page: one HTML file that shows a release to people, complete without a network and without a script."""

from etl.load.page.document import page_html

__all__ = ["page_html"]
