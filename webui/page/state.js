// What the page shows at this moment, and when it is drawn.

import {readOpen, readQuery} from './location.js';
import {settings} from './views.js';

export const state = {
  query: readQuery(location.search),
  text: '', // of the bar: the keyword and the filter that is being typed
  partial: null, // the filter that is being typed
  offer: -1, // the offer that the arrows chose
  offers: {key: '', list: []}, // what the server found for the bar
  answer: null, // the answer that the rows are of
  counts: null, // the newest answer, whose counts are shown
  slow: false, // an answer is late
  failure: null,
  login: null, // null, or what the form says
  active: 0, // the row of the keyboard
  checked: new Set(), // ids
  all: false, // all that match are chosen
  anchor: 0, // of a range that is chosen
  open: readOpen(location.search), // the id of the session whose details are shown
  detail: {session: null, children: null, gone: false, error: ''},
  news: new Set(), // ids that are new or came up
  /** @type {boolean | null} whether changes come as they happen; null until that is known */ live: null,
  sheet: false,
  dialog: '',
  why: null,
  renaming: null,
  toast: null,
  view: '', // name of the view that was chosen last
  settings: settings(),
};

let draw = () => {}, frame = 0;

/** Says how the page is drawn. @param {() => void} f */
export const drawnBy = (f) => { draw = f; };

/** Draws the page with the next frame. */
export function render() {
  frame ||= requestAnimationFrame(renderNow);
}

export function renderNow() {
  cancelAnimationFrame(frame);
  frame = 0;
  draw();
}
