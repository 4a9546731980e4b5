// Nothing leaves for another host, and what was typed stands in no address, no log line and no storage of the browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, browser, open, serve } from './harness.mjs';
import { reach, STATES, whatAbout } from './states.mjs';

// Typed into every field that takes it; nothing like them stands on a page by itself.
const TYPED = { near: '64126', coverage: 'vetchfold', need_words: 'wound vac', age: '83', weight_lb: '287', language: 'Vietnamese', within: '17' };

// Every path a page may ask for; the only part that varies is a provider's id and the name of a file of ours.
const PATHS =
  /^\/(what-about|call-sheet|suggest\/(plans|providers)|export\/(csv|xlsx)|choice-list(\/again)?|providers\/(ccn|npi|fhir)(:|%3A)[\w.:%-]+|compare|directory|docs|assets\/[a-z]+\.(css|js|svg)|nowhere)?$/;

// What a line of the audit may hold besides what a line of the log may.
const AUDIT = ['principal', 'deed'];
// What a line of the log may hold.
const FIELDS = ['timestamp', 'level', 'message', 'target', 'request_id', 'method', 'route', 'status', 'matched', 'left_out', 'generation', 'cached', 'ms'];

let chrome;
let server;

before(async () => {
  chrome = await browser();
  server = await serve(['--sample']);
});
after(async () => {
  await chrome.close();
  await server.stop();
});

test('no page asks another host for anything, and none reports an error of its own', async () => {
  for (const state of STATES) {
    const { context, page, asked, errors } = await open(chrome, server);
    await reach(page, state);
    const elsewhere = asked.filter((address) => !address.startsWith(`${server.address}/`));
    assert.deepEqual(elsewhere, [], state.name);
    assert.deepEqual(errors, [], state.name);
    await context.close();
  }
});

test('no address ever holds a question', async () => {
  for (const state of STATES) {
    const { context, page, asked } = await open(chrome, server);
    await reach(page, state);
    for (const address of asked) {
      const { pathname, search, hash } = new URL(address);
      assert.equal(search + hash, '', `${state.name}: ${address}`);
      assert.match(pathname, PATHS, state.name);
    }
    await context.close();
  }
});

test('what was typed is in no address, no log line and no storage', async () => {
  const { context, page, asked } = await open(chrome, server);
  await ask(page, TYPED);
  await page.locator('#coverage').evaluate((element) => element.closest('details')?.setAttribute('open', ''));
  await page.locator('#coverage').fill('');
  await page.locator('#coverage').pressSequentially('vetchf', { delay: 30 });
  await whatAbout(page, 'Harrowgate Wenlock');
  const kept = await page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    cookies: document.cookie,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    history: JSON.stringify(history.state),
  }));
  assert.deepEqual(kept, { local: {}, session: {}, cookies: '', databases: 0, caches: 0, history: 'null' });
  assert.deepEqual(await context.cookies(), []);
  const said = [...Object.values(TYPED), 'vetchf', 'Harrowgate', 'Wenlock'];
  const inAddress = asked.join('\n').toLowerCase();
  for (const text of said) assert.ok(!inAddress.includes(text.toLowerCase()), `${text} is in an address`);

  // Each line is read field by field: what a request is told by is its route and its kind, never its path. Numbers and times of the
  // server's own may hold any digits.
  const told = server.log().split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  const requests = told.filter((line) => line.message === 'answered');
  const audited = told.filter((line) => line.target === 'audit');
  assert.ok(requests.length > 5 && audited.length > 2, `only ${requests.length} and ${audited.length} lines`);
  for (const line of [...requests, ...audited]) {
    assert.deepEqual(Object.keys(line).filter((field) => ![...FIELDS, ...AUDIT].includes(field)), []);
    const { level, message, method, route, target, principal, deed } = line;
    const words = [level, message, method, route, target, principal, deed].join(' ').toLowerCase();
    for (const text of said) assert.ok(!words.includes(text.toLowerCase()), `${text} is in the log: ${words}`);
  }
  const known = new Set([...requests, ...audited]);
  const others = told.filter((line) => !known.has(line)).map((line) => JSON.stringify({ ...line, timestamp: '' }));
  const rest = [...others, ...server.log().split('\n').filter((line) => !line.startsWith('{'))].join('\n').toLowerCase();
  for (const text of said.filter((text) => text.length > 2)) assert.ok(!rest.includes(text.toLowerCase()), `${text} is in the log`);
  await context.close();
});
