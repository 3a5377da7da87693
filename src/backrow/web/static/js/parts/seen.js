// Drawing only what is looked at: the rest waits until it is scrolled to.

/**
 * Return `draw`, put off while `node` is out of sight. The first time it draws at once.
 * @param {Element} node
 * @param {(data: object) => void} draw
 */
export function whenSeen(node, draw) {
  let isSeen = true;
  let isFirst = true;
  let waiting = null;
  new IntersectionObserver(
    (entries) => {
      isSeen = entries.at(-1).isIntersecting;
      if (!isSeen || waiting === null) return;
      draw(waiting);
      waiting = null;
    },
    { rootMargin: "200px" },
  ).observe(node);
  return (data) => {
    if (isSeen || isFirst) draw(data);
    else waiting = data;
    isFirst = false;
  };
}
