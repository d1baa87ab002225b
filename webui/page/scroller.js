// A list of any length in a box of bounded height: the scrollbar is exact, and about thirty
// rows are in the document. Browsers stop at some 33 million pixels, so beyond that the bar
// stands for more rows than pixels.

const TALLEST = 30_000_000;
const SPARE = 6; // rows above and below those in sight

export class Scroller {
  total = 0;
  rowHeight = 46;
  /** Pixels of the box that a heading covers. */
  head = 0;
  width = 0;
  #full = 0; // height of the box

  /** @param {HTMLElement} box @param {() => void} moved */
  constructor(box, moved) {
    this.box = box;
    this.#measure();
    box.addEventListener('scroll', moved, {passive: true});
    new ResizeObserver(() => {
      this.#measure();
      moved();
    }).observe(box);
  }

  #measure() {
    this.#full = this.box.clientHeight;
    this.width = this.box.clientWidth;
    this.head = this.box.querySelector('.head')?.offsetHeight ?? 0;
  }

  get #boxHeight() { return Math.max(0, this.#full - this.head); }

  /** Pixels that all rows would take, and that they are given. */
  get fullHeight() { return this.total * this.rowHeight; }
  get height() { return Math.min(this.fullHeight, TALLEST); }

  get #scale() {
    const room = this.height - this.#boxHeight;
    return room > 0 ? (this.fullHeight - this.#boxHeight) / room : 1;
  }

  /** Where the list is, in pixels of the full height. */
  get top() { return Math.max(0, this.box.scrollTop * this.#scale); }

  /** Rows in sight: the first, and the one after the last. */
  get first() { return Math.min(this.total, Math.floor(this.top / this.rowHeight)); }
  get last() { return Math.min(this.total, Math.ceil((this.top + this.#boxHeight) / this.rowHeight)); }

  /** Rows to draw, and how far down the first of them stands. */
  window() {
    const from = Math.max(0, this.first - SPARE);
    const to = Math.min(this.total, this.last + SPARE);
    const y = this.box.scrollTop + (from * this.rowHeight - this.top);
    return {from, to, y: Math.max(0, Math.min(y, Math.max(0, this.height - (to - from) * this.rowHeight)))};
  }

  /** Scrolls to a place, in pixels of the full height. @param {number} top */
  toTop(top) {
    this.box.scrollTop = top / this.#scale;
  }

  /** Scrolls as little as brings a row into sight. @param {number} row */
  reveal(row) {
    const top = this.top, y = row * this.rowHeight;
    if (y < top) this.toTop(y);
    else if (y + this.rowHeight > top + this.#boxHeight) this.toTop(y + this.rowHeight - this.#boxHeight);
  }
}
