// The rows of the list that are known: blocks of a hundred by their place, all of one version,
// loaded when they come into sight.

import {BLOCK} from './api.js';

const KEPT = 60; // blocks; what is far away is loaded again

export class Rows {
  total = 0;
  /** @type {Map<number, {items: any[], marks: any[]}>} */
  #blocks = new Map();
  #loading = new Map();

  /** @param {(block: number, signal: AbortSignal) => Promise<{items: any[], marks: any[]}>} load @param {() => void} changed */
  constructor(load, changed) {
    this.load = load;
    this.changed = changed;
  }

  /** Begins anew with the first block of another answer. */
  reset(total, first, block = 0) {
    for (const c of this.#loading.values()) c.abort();
    this.#loading.clear();
    this.#blocks = new Map([[block, first]]);
    this.total = total;
  }

  /** @param {number} i @returns {{session: any, marks: number[][]} | null} null while it is loaded */
  at(i) {
    const b = this.#blocks.get(Math.floor(i / BLOCK));
    const session = b?.items[i % BLOCK];
    return session ? {session, marks: b.marks?.[i % BLOCK] ?? []} : null;
  }

  /** The place of a session among those that are known, -1 if it is not. @param {string} id */
  find(id) {
    for (const [block, b] of this.#blocks) {
      const i = b.items.findIndex((s) => s.id === id);
      if (i >= 0) return block * BLOCK + i;
    }
    return -1;
  }

  /** Paints a session anew where it stands. Nothing moves. */
  replace(session) {
    for (const b of this.#blocks.values()) {
      const i = b.items.findIndex((s) => s.id === session.id);
      if (i < 0) continue;
      if (b.items[i].title !== session.title && b.marks) b.marks[i] = [];
      b.items[i] = session;
      return true;
    }
    return false;
  }

  /** Sees to it that rows are there, soon. */
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
      this.#blocks.delete(block);
      this.#blocks.set(block, got);
      while (this.#blocks.size > KEPT) this.#blocks.delete(this.#blocks.keys().next().value);
      this.changed();
    } catch (e) {
      if (e.name !== 'AbortError') this.failed?.(e);
    } finally {
      if (this.#loading.get(block) === c) this.#loading.delete(block);
    }
  }
}
