// Groups, members and organizational units.
'use strict';

const assert = require('node:assert/strict');
const { ADMIN, people, read, refused, service, sorted } = require('./support.js');

const NAMES = ['all', 'contractors', 'engineering', 'phones', 'sales'];

const address = (name) => `${name}@acme.example`;
const ids = (some) => some.map((each) => each.id);
const inUnit = async (path) => ids((await people()).filter((person) => person.orgUnitPath.startsWith(path)));
const members = (group, parameters) => read(service().members, 'list', 'members', { groupKey: address(group), ...parameters });

module.exports = [
  ['groups', async () => {
    const { groups } = service();
    const [found, pages] = await read(groups, 'list', 'groups', { customer: 'my_customer', maxResults: 2 });
    assert.deepEqual([found.map((group) => group.email), pages], [NAMES.map(address), 3]);
    for (const group of found) {
      assert.deepEqual((await groups.get({ groupKey: group.id })).data, group);
    }
    const some = (await groups.list({ domain: 'acme.example', query: 'email:sa*' })).data.groups;
    assert.deepEqual(some.map((group) => group.email), [address('sales')]);
    await refused(404, 'notFound', () => groups.get({ groupKey: address('nobody') }));
  }],
  ['members', async () => {
    const [owners] = await members('sales', { roles: 'OWNER' });
    assert.deepEqual(owners.map((owner) => owner.email), [ADMIN]);
    const [found, pages] = await members('sales', { maxResults: 50 });
    assert.deepEqual(sorted(ids(found)), sorted([...(await inUnit('/Sales')), owners[0].id]));
    assert.equal(pages, Math.ceil(found.length / 50));
  }],
  ['members-nested', async () => {
    const [found] = await members('phones');
    assert.deepEqual(
      sorted(found.map((member) => `${member.type} ${member.email}`)),
      [`GROUP ${address('engineering')}`, `GROUP ${address('sales')}`, 'USER partner@home.example'],
    );
    const [all] = await members('all');
    assert.deepEqual(all.map((member) => [member.type, 'email' in member]), [['CUSTOMER', false]]);
    const [foreign] = await members('contractors', { roles: 'MANAGER' });
    await refused(403, 'forbidden', () => service().members.list({ groupKey: foreign[0].id }));
  }],
  ['members-derived', async () => {
    const [found] = await members('phones', { includeDerivedMembership: true });
    const listed = new Set(ids(found));
    assert.equal(listed.size, found.length);
    const wanted = [...(await inUnit('/Sales')), ...(await inUnit('/Engineering'))];
    assert.deepEqual(wanted.filter((id) => !listed.has(id)), []);
  }],
  ['members-has', async () => {
    const [inside] = await inUnit('/Sales');
    const [outside] = await inUnit('/Support');
    for (const [group, memberKey, isMember] of [['phones', inside, true], ['phones', outside, false], ['all', outside, true]]) {
      const { data } = await service().members.hasMember({ groupKey: address(group), memberKey });
      assert.deepEqual([group, data], [group, { isMember }]);
    }
  }],
  ['orgunits', async () => {
    const { orgunits } = service();
    const get = (orgUnitPath) => orgunits.get({ customerId: 'my_customer', orgUnitPath });
    const found = (await orgunits.list({ customerId: 'my_customer', type: 'all' })).data.organizationUnits;
    const paths = found.map((unit) => unit.orgUnitPath);
    const wanted = (await people()).map((person) => person.orgUnitPath).filter((path) => path !== '/');
    assert.deepEqual(sorted(paths), sorted(wanted));
    for (const unit of found) {
      for (const key of [unit.orgUnitPath.slice(1), unit.orgUnitId]) {
        assert.equal((await get(key)).data.orgUnitPath, unit.orgUnitPath, key);
      }
    }
    await refused(404, 'notFound', () => get('Nowhere'));
  }],
];
