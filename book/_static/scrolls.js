// What scrolls in itself can be reached and moved with the keyboard, at any width of the window.
{
  const scrolls = ".bd-article :is(table, div.math, mjx-container[display], .pst-scrollable-table-container)";
  const reach = () => document.querySelectorAll(scrolls).forEach((place) => {
    const cut = /auto|scroll/.test(getComputedStyle(place).overflowX);
    if (cut && place.scrollWidth > place.clientWidth) place.tabIndex = 0;
    else place.removeAttribute("tabindex");
  });
  // Its size changes with the window, with the maths being set, and where something is opened.
  addEventListener("DOMContentLoaded", () =>
    new ResizeObserver(reach).observe(document.querySelector(".bd-article") ?? document.body));
}
