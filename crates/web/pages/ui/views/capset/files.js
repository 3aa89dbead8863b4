// Files ahead of a call, and out of a result.

import { transfers } from '../../../core/transfers.js';
import { h } from '../../element.js';

/** Sends a file; what is given stands for it, once. @param {import('../../../core/api.js').Api} api @param {Blob} file @returns {Promise<string>} */
export async function upload(api, file) {
  return transfers.track('sent', async () => {
    const answer = await api.request('/api/upload', { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: file });
    return (await answer.json()).key;
  });
}

/** Has a part of a result saved. @param {import('../../../core/api.js').Api} api @param {string} result @param {number[]} path */
export async function save(api, result, path) {
  const { blob, name } = await transfers.track('saved', async () => {
    const { download, name } = await api.act('capset', 'save', { result, path });
    const answer = await api.request(`/api/download/${download}`);
    return { blob: await answer.blob(), name };
  });
  saveBlob(blob, name);
}

/** @param {Blob} blob @param {string} name */
export function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
