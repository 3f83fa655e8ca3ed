// Channels of users.watch, and a receiver for their messages.
'use strict';

const assert = require('node:assert/strict');
const { once } = require('node:events');
const http = require('node:http');
const { control, people, refused, service } = require('./support.js');

const received = [];
const waiting = [];
let address;
let open;

const server = http.createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) {
    parts.push(part);
  }
  response.end();
  const delivery = { headers: request.headers, body: Buffer.concat(parts).toString() };
  const next = waiting.shift();
  if (next) {
    next(delivery);
  } else {
    received.push(delivery);
  }
});

async function receiver() {
  if (!address) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `http://127.0.0.1:${server.address().port}/google`;
  }
  return address;
}

async function watch(id) {
  const requestBody = { id, type: 'web_hook', address: await receiver(), token: 'secret', params: { ttl: '3600' } };
  return (await service().users.watch({ customer: 'my_customer', event: 'update', requestBody })).data;
}

const stop = ({ id, resourceId }) => service().channels.stop({ requestBody: { id, resourceId } });

/** The next message, which must be of that channel: its number and body. */
async function message(channel, state) {
  const next = received.shift() ?? (await new Promise((resolve, reject) => {
    waiting.push(resolve);
    setTimeout(() => reject(new Error('no message came')), 20_000).unref();
  }));
  const found = ['channel-id', 'channel-token', 'resource-id', 'resource-state'].map((name) => next.headers[`x-goog-${name}`]);
  assert.deepEqual(found, [channel.id, 'secret', channel.resourceId, state]);
  return [Number(next.headers['x-goog-message-number']), next.body];
}

/** What the channels are told about. */
const rename = async (givenName) => control('PATCH', `users/${(await people())[5].id}`, { name: { givenName } });

module.exports = [
  ['watch-sync', async () => {
    open = await watch('node-1');
    assert.deepEqual([open.kind, open.id], ['api#channel', 'node-1']);
    assert.deepEqual(await message(open, 'sync'), [1, '']);
  }],
  ['watch-event', async () => {
    const person = await rename('Renamed');
    const [number, body] = await message(open, 'update');
    assert.ok(number > 1, String(number));
    const told = JSON.parse(body);
    assert.deepEqual([told.id, told.primaryEmail], [person.id, person.primaryEmail]);
  }],
  ['watch-stop', async () => {
    await stop(open);
    assert.deepEqual(await control('GET', 'channels'), []);
    await refused(404, 'notFound', () => stop(open));
    await refused(400, 'channelIdNotUnique', () => watch('node-1'));
    // What is received next is of the next channel: the stopped one tells nothing any more.
    await rename('Again');
    const second = await watch('node-2');
    await message(second, 'sync');
    await stop(second);
  }],
];
