"""axe-core looks at a page for what keeps readers out."""

from axe_playwright_python.sync_playwright import Axe


def complaints(page, selector=None, impacts=("minor", "moderate", "serious", "critical")):
    """Return what axe finds on a page, one line for each rule.

    selector  of the parts to look at; without it, the whole page
    impacts   which findings count
    """
    # without the style sheets as text: a page that is opened from a folder may not fetch them
    found = Axe().run(page, selector, {"preload": False}).response["violations"]
    return [
        f"{rule['impact']}: {rule['id']}: {[node['html'][:200] for node in rule['nodes'][:3]]}"
        for rule in found
        if rule["impact"] in impacts
    ]
