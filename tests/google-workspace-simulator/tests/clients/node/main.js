// Drives the simulator with Google's Node client, case by case. See the table in ../README.md.
//
// Usage: main.js URL DIRECTORY, where DIRECTORY holds delegated.json and role.json (key files).
'use strict';

const { run } = require('./support.js');

const cases = ['./tokens.js', './users.js', './groups.js', './failures.js', './channels.js'].flatMap((file) => require(file));

run(cases).then((code) => process.exit(code));
