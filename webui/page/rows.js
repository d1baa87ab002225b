// The rows of the list that are here: blocks of a hundred by their place, all of one version,
// loaded when they come into sight.

import {BLOCK} from './api.js';

/** @typedef {{items: any[], marks: any[], snippets?: any[]}} Block */

const KEPT = 60; // blocks; one that is far away is loaded again

export class Rows {
  total = 0;
  /** @type {Map<number, Block>} */
  #blocks = new Map();
  #loading = new Map();

  /**
   * @param {(block: number, signal: AbortSignal) => Promise<Block>} load
   * @param {() => void} changed @param {(e: any) => void} failed
   */
  constructor(load, changed, failed) {
    this.load = load;
    this.changed = changed;
    this.failed = failed;
  }

  /** Begins anew with one block of another answer. */
  reset(total, first, block = 0) {
    for (const c of this.#loading.values()) c.abort();
    this.#loading.clear();
    this.#blocks = new Map([[block, first]]);
    this.total = total;
  }

  /** @param {number} i @returns {{session: any, marks: number[][], snippet: {text: string, matches: number[][]} | undefined} | null} null while it is loaded */
  at(i) {
    const b = this.#blocks.get(Math.floor(i / BLOCK));
    const session = b?.items[i % BLOCK];
    return session ? {session, marks: b.marks?.[i % BLOCK] ?? [], snippet: b.snippets?.[i % BLOCK]?.[0]} : null;
  }

  /** The place of a session among those that are here, -1 if it is not. @param {string} id */
  find(id) {
    for (const [block, b] of this.#blocks) {
      const i = b.items.findIndex((s) => s.id === id);
      if (i >= 0) return block * BLOCK + i;
    }
    return -1;
  }

  /**
   * Changes a session where it stands. Nothing moves. A title that is here cut stays as it is
   * while it is a part of the whole one, with its marks.
   * @param {any} session @param {number} titleMax
   * @returns {boolean} whether it is here and is not as it was
   */
  replace(session, titleMax) {
    const at = this.find(session.id);
    if (at < 0) return false;
    const b = this.#blocks.get(Math.floor(at / BLOCK)), i = at % BLOCK;
    const before = b.items[i], old = before.title ?? '';
    let title = session.title ?? '';
    if (title === old || (old && title.length > titleMax && title.includes(old))) title = old;
    else {
      title = title.slice(0, titleMax);
      if (b.marks) b.marks[i] = [];
    }
    const after = {...session, title};
    b.items[i] = after;
    return Object.keys(before).some((k) => JSON.stringify(before[k]) !== JSON.stringify(after[k]));
  }

  /** Loads the rows of a range that are not here. */
  need(from, to) {
    const first = Math.floor(Math.max(0, from) / BLOCK);
    const last = Math.floor(Math.min(this.total - 1, to) / BLOCK);
    for (const [block, c] of this.#loading) {
      if (block < first - 1 || block > last + 1) {
        c.abort(); // it went out of sight before it came
        this.#loading.delete(block);
      }
    }
    for (let block = first; block <= last; block++) {
      if (!this.#blocks.has(block) && !this.#loading.has(block)) this.#fetch(block);
    }
  }

  async #fetch(block) {
    const c = new AbortController();
    this.#loading.set(block, c);
    try {
      const got = await this.load(block, c.signal);
      if (c.signal.aborted) return;
      this.#blocks.set(block, got);
      for (const old of this.#blocks.keys()) {
        if (this.#blocks.size <= KEPT) break;
        if (old !== block) this.#blocks.delete(old);
      }
      this.changed();
    } catch (e) {
      if (e.name !== 'AbortError' && !c.signal.aborted) this.failed(e);
    } finally {
      if (this.#loading.get(block) === c) this.#loading.delete(block);
    }
  }
}
