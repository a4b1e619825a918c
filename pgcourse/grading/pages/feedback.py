"""The page of feedback, for which nbgrader's own template does not say in which language it is."""

from typing import Any

from nbconvert import HTMLExporter
from nbformat import NotebookNode


class FeedbackPage(HTMLExporter):
    """An exporter of `nbgrader generate_feedback`: a screen reader learns from it how to pronounce the page."""

    def from_notebook_node(  # type: ignore[override] # nbconvert's own exporter of HTML returns text, too
        self, nb: NotebookNode, resources: dict | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page, and the resources with which it was made."""
        page, resources = super().from_notebook_node(nb, resources, **options)
        return page.replace("<html>", f'<html lang="{self.language_code}">', 1), resources
