"""What axe-core finds on a page that is open in a browser."""

from functools import cache
from importlib.resources import files

# axe looks behind every piece of text for its background: a minute for the twenty thousand pieces
# of a long chapter. Contrast depends on colours and on the size of the letters alone, so it is
# measured at one place for each; other pieces of code are joined, and formulas are emptied, for
# MathJax describes them itself and draws them in the colour of the text around.
FEWER = """() => {
  for (const formula of document.querySelectorAll('mjx-container')) {
    formula.replaceChildren('x');
    formula.style.overflow = 'visible';  // a line of no height: nothing there is left to scroll
  }
  const seen = new Set(), words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const place = words.currentNode.parentElement, look = getComputedStyle(place);
    if (!words.currentNode.data.trim() || !place.checkVisibility()) continue;
    const clear = node => getComputedStyle(node).backgroundColor === 'rgba(0, 0, 0, 0)';
    let behind = place;
    while (behind.parentElement && clear(behind)) behind = behind.parentElement;
    const paper = getComputedStyle(behind).backgroundColor;
    const kind = [look.color, look.fontSize, look.fontWeight, look.opacity, paper].join();
    if (!seen.has(kind)) place.dataset.contrast = '';
    seen.add(kind);
  }
  for (const piece of document.querySelectorAll('.highlight pre span:not([data-contrast])'))
    if (!piece.querySelector('a, [data-contrast]')) piece.replaceWith(...piece.childNodes);
}"""
RUN = """async only => {
  const ask = (where, more) => axe.run(
    where, {resultTypes: ['violations'], preload: false, iframes: false, ...more});
  const contrast = {runOnly: ['color-contrast']};
  const found = [await ask({include: ['[data-contrast]']}, contrast)];
  if (!only) found.push(await ask(document, {rules: {'color-contrast': {enabled: false}}}));
  return found.flatMap(one => one.violations)
    .filter(rule => ['serious', 'critical'].includes(rule.impact))
    .flatMap(rule => rule.nodes.map(
      node => `${rule.id}: ${node.target} ${node.html.slice(0, 120)}`));
}"""


@cache
def script():
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def serious(page, colors_only=False):
    """A line for each place that hinders a reader seriously. Changes the page: call it last."""
    page.evaluate(FEWER)
    page.evaluate(script())
    return page.evaluate(RUN, colors_only)
