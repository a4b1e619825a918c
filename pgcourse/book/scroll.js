// Code and formulas that are wider than their column are scrolled, so the keyboard must reach them.
addEventListener("load", () => {
  for (const box of document.querySelectorAll("pre, .math")) {
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
  }
});
