// Which node a bridge leads to.

/** @param {{api: import('../../core/api.js').Api, changed: () => void}} given @returns {Promise<any>} nothing where this is no bridge */
export async function endpoint({ api }) {
  return api ? null : null;
}
