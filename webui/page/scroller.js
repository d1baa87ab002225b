// A list of any length in a box of bounded height: the scrollbar is exact, and about thirty
// rows are in the document. Browsers stop at some 33 million pixels, so beyond that the bar
// stands for more rows than pixels.

const TALLEST = 30_000_000;
const SPARE = 6; // rows above and below those in sight

export class Scroller {
  /** @param {HTMLElement} box @param {() => void} moved */
  constructor(box, moved) {
    this.box = box;
    this.total = 0;
    this.rowHeight = 46;
    this.boxHeight = box.clientHeight;
    box.addEventListener('scroll', moved, {passive: true});
    new ResizeObserver(() => {
      this.boxHeight = box.clientHeight;
      moved();
    }).observe(box);
  }

  /** Pixels that all rows would take, and that they are given. */
  get fullHeight() { return this.total * this.rowHeight; }
  get height() { return Math.min(this.fullHeight, TALLEST); }

  get #scale() {
    const room = this.height - this.boxHeight;
    return room > 0 ? (this.fullHeight - this.boxHeight) / room : 1;
  }

  /** Where the list is, in pixels of the full height. */
  get top() { return Math.max(0, this.box.scrollTop * this.#scale); }

  /** Rows in sight: the first, and the one after the last. */
  get first() { return Math.min(this.total, Math.floor(this.top / this.rowHeight)); }
  get last() { return Math.min(this.total, Math.ceil((this.top + this.boxHeight) / this.rowHeight)); }

  /** Rows to draw, and how far down the first of them stands. */
  window() {
    const from = Math.max(0, this.first - SPARE);
    const to = Math.min(this.total, this.last + SPARE);
    const y = this.box.scrollTop + (from * this.rowHeight - this.top);
    return {from, to, y: Math.max(0, Math.min(y, Math.max(0, this.height - (to - from) * this.rowHeight)))};
  }

  /** Scrolls to a row, so that it is the first. @param {number} row */
  toRow(row) {
    this.box.scrollTop = (Math.max(0, Math.min(row, this.total - 1)) * this.rowHeight) / this.#scale;
  }

  /** Scrolls as little as brings a row into sight. @param {number} row */
  reveal(row) {
    const top = this.top, y = row * this.rowHeight;
    if (y < top) this.box.scrollTop = y / this.#scale;
    else if (y + this.rowHeight > top + this.boxHeight) this.box.scrollTop = (y + this.rowHeight - this.boxHeight) / this.#scale;
  }
}
