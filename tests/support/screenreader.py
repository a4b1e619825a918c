"""What Chromium tells a screen reader: its accessibility tree, and what is announced when something changes."""

# A change in a live region that is rendered is announced, and so is an alert that comes to the page.
LISTEN = """() => {
    window.heard = [];
    const LIVE = "[aria-live], [role=status], [role=alert], [role=timer]";
    const POLITENESS = {status: "polite", alert: "assertive", timer: "off"};
    new MutationObserver((records) => {
        const regions = new Set();
        for (const {target, addedNodes} of records) {
            const inside = target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement;
            regions.add(inside?.closest(LIVE));
            for (const node of addedNodes) {
                if (node.role === "alert") regions.add(node);
                node.querySelectorAll?.("[role=alert]").forEach((alert) => regions.add(alert));
            }
        }
        for (const region of regions) {
            const words = region?.checkVisibility() ? region.textContent.trim() : "";
            const politeness = words && (region.ariaLive ?? POLITENESS[region.role]);
            if (words && politeness !== "off") heard.push([politeness, words]);
        }
    }).observe(document, {childList: true, subtree: true, characterData: true});
}"""


def listen(page):
    """Keep from now on what is announced; `heard` returns it."""
    page.evaluate(LISTEN)


def heard(page):
    """Return what was announced since `listen`, or since the last call: pairs of politeness and words."""
    return [tuple(one) for one in page.evaluate("heard.splice(0)")]


def wait_to_hear(page, words):
    """Wait until words are announced; return the politeness of their announcement."""
    page.wait_for_function("words => heard.some(([, said]) => said.includes(words))", arg=words)
    return next(politeness for politeness, said in heard(page) if words in said)


def tree(page):
    """Return the nodes of the accessibility tree that a screen reader meets, each as a dict of what it says."""
    session = page.context.new_cdp_session(page)
    try:
        nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    finally:
        session.detach()
    return [_said(node) for node in nodes if not node["ignored"]]


def find(page, **said):
    """Return the first node of the tree that says this."""
    return next(node for node in tree(page) if said.items() <= node.items())


def _said(node):
    told = {key: node[key].get("value") for key in ("role", "name", "value", "description") if key in node}
    return told | {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
