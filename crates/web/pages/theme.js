// Runs before anything is painted, so that no other theme flashes up.
(() => {
  const root = document.documentElement;
  const themes = ['space', 'mountain', 'light', 'operator'];
  let kept = null;
  try { kept = localStorage.getItem('theme'); } catch { /* where nothing may be kept, the system's wish holds */ }
  const wished = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'space';
  root.dataset.theme = kept !== null && themes.includes(kept) ? kept : wished;
  // Where a session goes on, the first picture is the workspace's.
  root.toggleAttribute('data-returns', sessionStorage.getItem('token') !== null);
  // The page's own module, or one that it imports.
  addEventListener('error', ({ target }) => {
    if (target instanceof HTMLScriptElement) root.setAttribute('data-broken', '');
  }, true);
})();
