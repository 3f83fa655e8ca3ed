// People: pages, masks, queries, deleted ones, one, photos.
'use strict';

const assert = require('node:assert/strict');
const { census, control, people, read, refused, service, sorted } = require('./support.js');

const list = (parameters) => service().users.list({ customer: 'my_customer', ...parameters });
const get = (userKey) => service().users.get({ userKey });
const ids = (some) => sorted(some.map((person) => person.id));

module.exports = [
  ['users-pages', async () => {
    const [everybody, pages] = await census();
    assert.deepEqual([everybody.length, pages, ids(everybody).length], [650, 7, 650]);
  }],
  ['users-fields', async () => {
    const { data } = await list({ maxResults: 3, fields: 'nextPageToken,users(id,name/fullName)' });
    assert.deepEqual(Object.keys(data).sort(), ['nextPageToken', 'users']);
    for (const person of data.users) {
      assert.deepEqual([Object.keys(person).sort(), Object.keys(person.name)], [['id', 'name'], ['fullName']]);
    }
    await refused(400, 'invalid', () => list({ fields: 'users(id,nope)' }));
  }],
  ['users-query', async () => {
    const below = (path) => (person) => `${person.orgUnitPath}/`.startsWith(`${path}/`);
    const table = {
      'isSuspended=true': (person) => person.suspended,
      "orgUnitPath='/Sales/Jack\\'s Team'": below("/Sales/Jack's Team"),
      "orgUnitPath='/Engineering/R&D'": below('/Engineering/R&D'),
      "familyName='García Márquez'": (person) => person.name.familyName === 'García Márquez',
      'isArchived=true isSuspended=false': (person) => person.archived && !person.suspended,
    };
    for (const [query, condition] of Object.entries(table)) {
      const wanted = ids((await people()).filter(condition));
      assert.notEqual(wanted.length, 0, `nobody to find with ${query}`);
      const [found] = await read(service().users, 'list', 'users', { customer: 'my_customer', query });
      assert.deepEqual(ids(found), wanted, query);
    }
    await refused(400, 'invalid', () => list({ query: 'surname=x' }));
  }],
  ['users-deleted', async () => {
    const { id } = (await people())[7];
    await control('DELETE', `users/${id}`);
    assert.deepEqual(ids((await list({ showDeleted: 'true' })).data.users), [id]);
    await refused(404, 'notFound', () => get(id));
    await control('PATCH', `users/${id}`, { deletionTime: null });
    assert.equal((await get(id)).data.id, id);
  }],
  ['users-get', async () => {
    const person = (await people())[3];
    for (const key of [person.id, person.primaryEmail, person.nonEditableAliases[0]]) {
      assert.equal((await get(key)).data.id, person.id);
    }
  }],
  ['users-404', () => refused(404, 'notFound', () => get('nobody@acme.example'))],
  ['photo', async () => {
    const photo = (userKey) => service().users.photos.get({ userKey });
    const person = (await people()).find((each) => each.thumbnailPhotoEtag);
    const { data } = await photo(person.id);
    assert.deepEqual([data.etag, data.primaryEmail], [person.thumbnailPhotoEtag, person.primaryEmail]);
    assert.equal(Buffer.from(data.photoData, 'base64url').subarray(0, 2).toString('hex'), 'ffd8');
    const without = (await people()).find((each) => !each.thumbnailPhotoEtag);
    await refused(404, 'notFound', () => photo(without.id));
  }],
];
