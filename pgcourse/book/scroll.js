// Code, formulas and tables that are wider than their column are scrolled, so the keyboard must reach them.
function reachScrolled() {
  for (const box of document.querySelectorAll("pre, .math, .table-wrapper, p:has(math)")) {
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
  }
}

addEventListener("load", reachScrolled);
addEventListener("toggle", reachScrolled, true); // what was folded had no size
