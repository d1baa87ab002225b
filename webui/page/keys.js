// The keyboard. Keys of one letter are off in inputs, and altogether where the setting says so.

/** @param {Record<string, (e: KeyboardEvent) => void>} does @param {() => boolean} single */
export function keyboard(does, single) {
  let before = ''; // the first key of a pair
  let since = 0;
  addEventListener('keydown', (e) => {
    if (e.isComposing || e.keyCode === 229 || e.ctrlKey || e.metaKey || e.altKey) return;
    const typing = e.target instanceof HTMLElement && e.target.matches('input:not([type=checkbox]), textarea, select, [contenteditable]');
    if (e.key === 'Escape') {
      does.Escape(e);
      return;
    }
    if (typing || document.querySelector('dialog[open]')) return;
    const inList = e.target === document.body || (e.target instanceof Element && e.target.closest('#list'));
    if (['ArrowDown', 'ArrowUp', 'Enter', ' ', 'Home', 'End', 'PageDown', 'PageUp'].includes(e.key) && !inList) return;
    if (e.key.length === 1 && e.key !== ' ' && !single()) return;
    const pair = e.timeStamp - since < 800 ? before + e.key : '';
    const action = does[pair] ?? does[e.key];
    before = e.key;
    since = e.timeStamp;
    if (!action) return;
    e.preventDefault();
    action(e);
  });
}
