// What changes while the page is looked at. Tabs of a browser that show the same list share
// one stream: the tab that holds a lock reads it and tells the others. A tab that is not
// looked at neither reads nor leads. Lists that get no stream are asked for from time to time.

import {eventsURL} from './api.js';

const POLL = 5000;
const AGAIN = 30_000; // after an answer that is not a stream

// With HTTP/1.1 a browser has six connections to a server; these must not take them all.
const MOST_STREAMS = 3;

/**
 * @typedef {{kind: string, id?: string, session?: any, old_rank: number, new_rank: number, total: number, page?: {items: any[]}}} Change
 */

/** Runs while one of the browser's streams is held; waits for one if need be. */
async function withStream(signal, run, waits) {
  if (!navigator.locks) return run(); // not a secure context
  for (let n = 0; n < MOST_STREAMS; n++) {
    const ran = await navigator.locks.request(`sessiondex:stream:${n}`, {ifAvailable: true}, async (lock) => {
      if (lock) await run();
      return !!lock;
    });
    if (ran) return;
  }
  waits();
  await navigator.locks.request('sessiondex:stream:0', {signal}, run);
}

export class Live {
  #stop = () => {};

  /** @param {{change: (c: Change) => void, status: (live: boolean) => void, poll: () => void}} o */
  constructor(o) {
    this.o = o;
    this.query = null;
    document.addEventListener('visibilitychange', () => this.#begin());
    addEventListener('pagehide', () => this.#stop());
    addEventListener('pageshow', (e) => { if (e.persisted) this.#begin(); });
  }

  /** Follows another list, once it stays for a moment. @param {URLSearchParams} query */
  follow(query) {
    if (this.query?.toString() === query.toString()) return;
    this.query = new URLSearchParams(query);
    this.#stop();
    const soon = setTimeout(() => this.#begin(), 300);
    this.#stop = () => clearTimeout(soon);
  }

  /** Asks for the stream anew, which may have been refused to somebody unknown. */
  restart() {
    if (this.query) this.#begin();
  }

  #begin() {
    this.#stop();
    if (!this.query || document.visibilityState === 'hidden') return;
    const name = `sessiondex:${location.pathname}:${this.query}`;
    const channel = new BroadcastChannel(name);
    const ended = new AbortController();
    let source = null, on = false, again = 0;
    const poll = () => {
      this.o.status(false);
      this.o.poll();
    };
    let timer = setInterval(poll, POLL); // until a stream says something
    const status = (live) => {
      on = live;
      clearInterval(timer);
      timer = live ? 0 : setInterval(poll, POLL);
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
    channel.onmessage = (e) => {
      if (!e.data.joined) take(e.data);
      else if (source) channel.postMessage({live: on});
    };
    const read = () => new Promise((resolve) => {
      if (ended.signal.aborted) return resolve();
      ended.signal.addEventListener('abort', resolve);
      source = new EventSource(eventsURL(this.query));
      source.onopen = () => tell({live: true});
      source.onerror = () => {
        tell({live: false});
        if (source.readyState === EventSource.CLOSED) again = setTimeout(() => this.#begin(), AGAIN); // else it tries by itself
      };
      for (const kind of ['resync', 'entered', 'left', 'moved', 'changed', 'total']) {
        source.addEventListener(kind, (e) => tell({change: {...JSON.parse(e.data), kind}}));
      }
    });
    const lead = () => withStream(ended.signal, read, () => tell({live: false}));
    if (navigator.locks) navigator.locks.request(name, {signal: ended.signal}, lead).catch(() => {});
    else lead();
    channel.postMessage({joined: true});
    // What happened between the answer and the first message of another tab's stream.
    const missed = setTimeout(() => { if (!source) this.o.poll(); }, 1000);
    this.#stop = () => {
      ended.abort();
      source?.close();
      channel.close();
      clearInterval(timer);
      clearTimeout(missed);
      clearTimeout(again);
      this.#stop = () => {};
    };
  }
}
