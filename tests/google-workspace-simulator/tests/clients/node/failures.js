// Refusals, quotas, an unavailable service, and page tokens that are too old.
'use strict';

const assert = require('node:assert/strict');
const { LIST, SCOPES, advance, control, directory, people, refused, service, statuses } = require('./support.js');

const QUOTAS = ['quotaExceeded', 'rateLimitExceeded', 'userRateLimitExceeded'];

const list = (parameters, options) => service().users.list({ customer: 'my_customer', maxResults: 1, ...parameters }, options);

/** By itself the library repeats after 429 and 5xx; what else is worth it has to be told. */
const worthIt = {
  retryConfig: {
    shouldRetry: (error) =>
      error.config.retryConfig.currentRetryAttempt < 3 && QUOTAS.includes(error.response?.data.error.errors[0].reason),
  },
};

async function fault(reason, more) {
  // The token comes first, so that only the list is counted.
  await list();
  await control('POST', 'faults', { method: 'users.list', reason, ...more });
}

async function retried(reason, status, options) {
  await fault(reason, { count: 1 });
  assert.deepEqual(await statuses(LIST, () => list({}, options)), [status, 200]);
}

async function givenUp(reason, status, text) {
  await fault(reason);
  try {
    assert.deepEqual(await statuses(LIST, () => refused(status, text, list)), [status, status, status, status]);
  } finally {
    await control('DELETE', 'faults');
  }
}

module.exports = [
  ['forbidden', async () => {
    const users = (options) => directory(options).users.list({ customer: 'my_customer' });
    await refused(403, 'insufficientPermissions', () => users({ scopes: [SCOPES[1]] }));
    const plain = (await people()).find((person) => !person.isAdmin && !person.suspended && !person.archived);
    await refused(403, 'forbidden', () => users({ subject: plain.primaryEmail }));
  }],
  ['quota-429', () => retried('concurrentLimit', 429)],
  ['quota-403', () => retried('rateLimitExceeded', 403, worthIt)],
  ['quota-exceeded', () => retried('quotaExceeded', 403, worthIt)],
  ['quota-lasting', () => givenUp('concurrentLimit', 429, 'rateLimitExceeded')],
  ['unavailable', () => retried('serviceUnavailable', 503)],
  ['unavailable-lasting', () => givenUp('serviceUnavailable', 503, 'backendError')],
  ['page-token', async () => {
    const pageToken = (await list()).data.nextPageToken;
    await advance('73h');
    await refused(400, 'invalid', () => list({ pageToken }));
  }],
];
