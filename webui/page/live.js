// What changes while the page is looked at. There is one stream for all tabs of a browser that
// show the same list: the tab that holds a lock reads it, and tells the others. A tab that is
// not looked at neither reads nor leads.

import {eventsURL} from './api.js';

const RETRY_POLL = 5000;

/**
 * @typedef {{kind: string, id?: string, session?: any, old_rank: number, new_rank: number, total: number, page?: {items: any[]}}} Change
 */

export class Live {
  #stop = () => {};

  /** @param {{change: (c: Change) => void, status: (live: boolean) => void, poll: () => void}} o */
  constructor(o) {
    this.o = o;
    this.query = null;
    document.addEventListener('visibilitychange', () => this.#begin());
    addEventListener('pagehide', () => this.#stop());
  }

  /** Follows another list. @param {URLSearchParams} query */
  follow(query) {
    const key = query.toString();
    if (this.query?.toString() === key) return;
    this.query = new URLSearchParams(query);
    this.#begin();
  }

  #begin() {
    this.#stop();
    if (!this.query || document.visibilityState === 'hidden') return;
    const name = `sessiondex:${location.pathname}:${this.query}`;
    const channel = new BroadcastChannel(name);
    const ended = new AbortController();
    let source = null, timer = 0;
    const status = (live) => {
      clearInterval(timer);
      timer = live ? 0 : setInterval(() => this.o.poll(), RETRY_POLL);
      this.o.status(live);
    };
    const take = ({change, live}) => {
      if (change) this.o.change(change);
      if (live !== undefined) status(live);
    };
    const tell = (message) => {
      take(message);
      channel.postMessage(message);
    };
    channel.onmessage = (e) => take(e.data);
    const lead = () => new Promise((resolve) => {
      if (ended.signal.aborted) return resolve();
      ended.signal.addEventListener('abort', resolve);
      source = new EventSource(eventsURL(this.query));
      source.onopen = () => tell({live: true});
      source.onerror = () => tell({live: false}); // it tries again by itself
      for (const kind of ['resync', 'entered', 'left', 'moved', 'changed', 'total']) {
        source.addEventListener(kind, (e) => tell({change: {...JSON.parse(e.data), kind}}));
      }
    });
    if (navigator.locks) navigator.locks.request(name, {signal: ended.signal}, lead).catch(() => {});
    else lead();
    status(true); // until something says otherwise: another tab may be reading
    this.#stop = () => {
      ended.abort();
      source?.close();
      channel.close();
      clearInterval(timer);
      this.#stop = () => {};
    };
  }
}
