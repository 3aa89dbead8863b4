// Runs before anything is painted, so that no other theme flashes up.
(() => {
  const themes = ['space', 'mountain', 'light', 'operator'];
  let kept = null;
  try { kept = localStorage.getItem('theme'); } catch { /* where nothing may be kept, the system's wish holds */ }
  const wished = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'space';
  document.documentElement.dataset.theme = kept !== null && themes.includes(kept) ? kept : wished;
})();
