// The keyboard. Keys of one letter are off in inputs, and altogether where the setting says so.

const inList = new Set(['ArrowDown', 'ArrowUp', 'Enter', ' ', 'Home', 'End', 'PageDown', 'PageUp']);

/** @param {Record<string, (e: KeyboardEvent) => void>} actions @param {() => boolean} single */
export function keyboard(actions, single) {
  let before = ''; // the first key of a pair
  let since = 0;
  addEventListener('keydown', (e) => {
    if (e.isComposing || e.keyCode === 229 || e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
    if (e.key === 'Escape') {
      if (e.target instanceof HTMLInputElement && e.target.type === 'search') e.preventDefault(); // it would be emptied at once
      actions.Escape(e);
      return;
    }
    const on = e.target instanceof Element ? e.target : document.body;
    if (on.matches('input:not([type=checkbox]), textarea, select, [contenteditable]') || document.querySelector('dialog[open]')) return;
    if (inList.has(e.key) && on !== document.body && !on.closest('#list')) return;
    if (e.key.length === 1 && e.key !== ' ' && !single()) return;
    const pair = e.timeStamp - since < 800 ? before + e.key : '';
    const action = actions[pair] ?? actions[e.key];
    before = e.key;
    since = e.timeStamp;
    if (!action) return;
    e.preventDefault();
    action(e);
  });
}
