// Nothing leaves for another host, and what was typed stands in no address, no log line and no storage of the browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, browser, open, serve } from './harness.mjs';
import { reach, STATES } from './states.mjs';

// Typed into every field that takes it; nothing like them stands on a page by itself.
const TYPED = { near: '64126', coverage: 'vetchfold', need_words: 'wound vac', age: '83', weight_lb: '287', language: 'Vietnamese', within: '17' };

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
    for (const address of asked) assert.equal(new URL(address).search, '', `${state.name}: ${address}`);
    await context.close();
  }
});

test('what was typed is in no address, no log line and no storage', async () => {
  const { context, page, asked } = await open(chrome, server);
  await ask(page, TYPED);
  await page.locator('#coverage').evaluate((element) => element.closest('details')?.setAttribute('open', ''));
  await page.locator('#coverage').fill('');
  await page.locator('#coverage').pressSequentially('vetchf', { delay: 30 });
  await page.fill('#provider', 'Harrowgate Wenlock');
  await page.locator('#provider').press('Enter');
  await page.waitForLoadState('load');
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
  const said = [...Object.values(TYPED).filter((text) => text.length > 2), 'vetchf', 'Harrowgate', 'Wenlock'];
  for (const text of said) {
    assert.ok(!asked.some((address) => address.toLowerCase().includes(text.toLowerCase())), `${text} is in an address`);
    assert.ok(!server.log().replace(/"?ms"?[=:]\s*[\d.e-]+|generation\S*|request_id\S*|\d{4}-\d\d-\d\dT\S+/g, '').toLowerCase().includes(text.toLowerCase()), `${text} is in the log`);
  }
  await context.close();
});
