// Sentences for people of what servers say. No DOM here.

/** What to do where the server only says what happened. @type {Record<string, string>} */
const ADVICE = {
  authenticationDenied: 'Check the name and the password, then try again.',
  disabledAuthMethod: 'Choose another way to sign in.',
  sessionAlreadyInUse: 'This bridge is for one person at a time. If that is you, go on in the other browser, or sign out there.',
  overloaded: 'Try again in a while.',
  resourceExhausted: 'Wait a little, then try again.',
  tooManySessions: 'Sign out somewhere else, or try again later.',
  requestTimeout: 'Try again.',
  permissionDenied: 'Ask whoever administers the node.',
};

/** Why a session was over, by code, where the words of the server are about the request and not about the person. @type {Record<string, {message: string, advice: string}>} */
const ENDS = {
  unauthenticated: { message: 'Your session is over.', advice: 'It ended while this page was away, or the node was started anew.' },
  staleSession: { message: 'Your session is over.', advice: 'It was not used for a while, or its time was up.' },
  csrfTokenMissing: { message: 'Another session has begun in this browser.', advice: 'Go on in that window, or sign in here.' },
};

/** A sentence, with a capital and an end. @param {string} text */
export function sentence(text) {
  const trimmed = text.trim();
  if (!trimmed) return '';
  return trimmed[0].toUpperCase() + trimmed.slice(1) + (/[.!?…:]$/.test(trimmed) ? '' : '.');
}

/** What happened, and what to do. @param {any} error @returns {{code: string, message: string, advice: string}} */
export function explain(error) {
  const code = String(error?.code ?? '');
  return { code, message: sentence(error?.message || 'That did not work.'), advice: sentence(error?.advice || ADVICE[code] || '') };
}

/** Why the last session is over. @param {any} why */
export function explainEnd(why) {
  const known = ENDS[String(why?.code ?? '')];
  return known ? { code: String(why.code), ...known } : explain(why);
}
