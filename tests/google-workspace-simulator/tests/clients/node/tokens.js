// Tokens for a service account that acts for somebody.
'use strict';

const assert = require('node:assert/strict');
const { ADMIN, AUTH, Cannot, LIST, SCOPES, advance, control, directory, refused, service, statuses } = require('./support.js');

async function noToken(expected, options) {
  const error = await directory(options).users.get({ userKey: ADMIN }).then(
    () => assert.fail('a token was granted'),
    (caught) => caught,
  );
  assert.equal(error.response?.data.error, expected, error.message);
}

module.exports = [
  ['token', async () => {
    assert.equal((await service().users.get({ userKey: ADMIN })).data.primaryEmail, ADMIN);
  }],
  ['token-subject', () => noToken('invalid_grant', { subject: 'nobody@acme.example' })],
  ['token-scope', async () => {
    await noToken('access_denied', { scopes: [...SCOPES, `${AUTH}gmail.send`] });
    await noToken('unauthorized_client', { key: 'role.json' });
  }],
  ['token-503', async () => {
    await control('POST', 'faults', { pathPrefix: '/token', reason: 'temporarily_unavailable', count: 1 });
    assert.deepEqual(await statuses('/token', () => directory().users.get({ userKey: ADMIN })), [503, 200]);
  }],
  ['token-expired', async () => {
    const { users } = service();
    const list = () => users.list({ customer: 'my_customer', maxResults: 1 });
    await list();
    await advance('2h');
    assert.deepEqual(await statuses(LIST, () => refused(401, 'authError', list)), [401]);
    throw new Cannot();
  }],
];
