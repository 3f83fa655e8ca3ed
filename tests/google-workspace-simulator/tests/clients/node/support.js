// What the cases share: Google's client pointed at the simulator, the control paths, and the report.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { admin, auth } = require('@googleapis/admin');

const [URL_OF_SIMULATOR, KEYS] = process.argv.slice(2);
const AUTH = 'https://www.googleapis.com/auth/';
const SCOPES = ['user', 'customer', 'group', 'orgunit'].map((name) => `${AUTH}admin.directory.${name}.readonly`);
const ADMIN = 'admin@acme.example';
const LIST = '/admin/directory/v1/users';
const GOOGLES_TOKEN_ENDPOINT = 'https://oauth2.googleapis.com/token';

/** The client has no means for a case, which has shown what comes instead. */
class Cannot extends Error {}

/** Does the cases in order and reports each of them: `yes NAME`, `no NAME` or `failed NAME: WHY`. */
async function run(cases) {
  let failed = 0;
  for (const [name, action] of cases) {
    try {
      await action();
      console.log(`yes ${name}`);
    } catch (error) {
      if (error instanceof Cannot) {
        console.log(`no ${name}`);
        continue;
      }
      // A case that fails must not hide the others.
      failed += 1;
      console.log(`failed ${name}: ${JSON.stringify(error.message)}`);
      console.error(error.stack);
    }
  }
  return failed === 0 ? 0 : 1;
}

/** A client with a token of its own. */
function directory({ key = 'delegated.json', subject = ADMIN, scopes = SCOPES } = {}) {
  const file = JSON.parse(fs.readFileSync(path.join(KEYS, key), 'utf8'));
  const client = new auth.JWT({ email: file.client_email, key: file.private_key, keyId: file.private_key_id, subject, scopes });
  // The library knows one token endpoint only, whatever the key file says.
  client.transporter.interceptors.request.add({
    resolved: async (config) => {
      if (String(config.url) === GOOGLES_TOKEN_ENDPOINT) {
        config.url = new URL(file.token_uri);
      }
      return config;
    },
  });
  return admin({ version: 'directory_v1', auth: client, rootUrl: `${URL_OF_SIMULATOR}/` });
}

let kept;

/** The administrator's client, whose token the cases share. */
function service() {
  kept ??= directory();
  return kept;
}

/** Moves the simulator's clock; the shared token may be too old afterwards. */
async function advance(by) {
  await control('POST', 'clock', { advance: by });
  kept = undefined;
}

/** A whole list and its number of pages. The library leaves the loop to its caller. */
async function read(collection, method, key, parameters) {
  const items = [];
  let pages = 0;
  let pageToken;
  do {
    const { data } = await collection[method]({ ...parameters, pageToken });
    items.push(...(data[key] ?? []));
    pages += 1;
    pageToken = data.nextPageToken;
  } while (pageToken);
  return [items, pages];
}

let everybody;

/** Everybody and the number of pages of 100, read once. */
async function census() {
  everybody ??= await read(service().users, 'list', 'users', { customer: 'my_customer', maxResults: 100 });
  return everybody;
}

async function people() {
  return (await census())[0];
}

/** A request to the simulator's control paths. */
async function control(method, where, body) {
  const response = await fetch(`${URL_OF_SIMULATOR}/_simulator/${where}`, { method, body: body && JSON.stringify(body) });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${where}: ${text}`);
  return text ? JSON.parse(text) : undefined;
}

/** Expects an error of the API. */
async function refused(status, reason, call) {
  const error = await call().then(
    () => assert.fail('was not refused'),
    (caught) => caught,
  );
  assert.ok(error.response, error.message);
  assert.deepEqual([error.response.status, error.response.data.error.errors[0].reason], [status, reason]);
}

/** What the simulator answered to the requests for a path while something was called. */
async function statuses(wanted, call) {
  const before = await control('GET', 'requests');
  await call();
  const seen = (await control('GET', 'requests')).slice(before.length);
  return seen.filter((each) => each.path === wanted).map((each) => each.status);
}

const sorted = (texts) => [...new Set(texts)].sort();

module.exports = {
  ADMIN,
  AUTH,
  Cannot,
  LIST,
  SCOPES,
  advance,
  census,
  control,
  directory,
  people,
  read,
  refused,
  run,
  service,
  sorted,
  statuses,
};
