// Code, formulas and tables that are wider than their column are scrolled, so the keyboard must reach them.
addEventListener("load", () => {
  for (const box of document.querySelectorAll("pre, .math, .table-wrapper")) {
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
  }
});
