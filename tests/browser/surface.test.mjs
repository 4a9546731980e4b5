// The answer as a work surface: going back and forth, keys, sorting, selections, large text.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, begin, browser, navigated, open, serve } from './harness.mjs';
import { inNewTab, VENT } from './states.mjs';

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

const chips = (page) => page.locator('.chips').innerText();
const picks = (page) => page.locator('main table input[name=pick]');

for (const scripts of [true, false]) {
  const how = scripts ? '' : ' with scripts off';

  test(`Back, Forward, reload and a second tab show the answer${how}`, async () => {
    const { context, page, asked } = await open(chrome, server, { javaScriptEnabled: scripts });
    await ask(page, VENT);
    await navigated(page, () => page.getByRole('button', { name: /remove within 15 miles/i }).click());
    assert.doesNotMatch(await chips(page), /15 miles/);
    await page.goBack();
    assert.match(await chips(page), /15 miles/);
    await page.goForward();
    assert.doesNotMatch(await chips(page), /15 miles/);
    const before = await page.locator('main').innerText();
    await page.reload();
    assert.equal(await page.locator('main').innerText(), before);
    const tab = await context.newPage();
    await tab.goto(page.url());
    assert.equal(await tab.locator('main').innerText(), before);
    await page.goBack();
    await page.goBack();
    assert.equal(await page.locator('main h1').innerText(), 'Find providers');
    for (const url of asked) assert.match(new URL(url).pathname, /^\/(assets\/[a-z.]+|answer\/[\w-]{43}|suggest\/plans)?$/);
    await context.close();
  });

  test(`a change by a chip keeps what is selected${how}`, async () => {
    const { context, page } = await open(chrome, server, { javaScriptEnabled: scripts });
    await ask(page, VENT);
    await picks(page).nth(1).check();
    const id = await picks(page).nth(1).getAttribute('value');
    await navigated(page, () => page.locator('.chip .toggle').first().click());
    assert.match(await chips(page), /preferred/);
    assert.ok(await page.locator(`input[type=checkbox][name=pick][value="${id}"]`).isChecked());
    await context.close();
  });
}

test('an edit of the search keeps what is selected', async () => {
  const { context, page } = await open(chrome, server);
  await ask(page, VENT);
  await picks(page).nth(0).check();
  const id = await picks(page).nth(0).getAttribute('value');
  await page.keyboard.press('/');
  await page.fill('#within', '20');
  await navigated(page, () => page.locator('#within').press('Enter'));
  assert.match(await chips(page), /20 miles/);
  assert.ok(await page.locator(`input[type=checkbox][name=pick][value="${id}"]`).isChecked());
  await context.close();
});

test('a form that is sent twice asks once', async () => {
  const { context, page } = await open(chrome, server);
  let sent = 0;
  await context.route('**/', async (route) => {
    if (route.request().method() === 'POST') {
      sent += 1;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await route.continue();
  });
  await begin(page);
  await page.fill('#near', '64108');
  const arrived = page.waitForURL('**/answer/*');
  const says = await page.evaluate(() => {
    const button = document.querySelector('form.question .actions button');
    button.click();
    button.click();
    return button.textContent;
  });
  assert.match(says, /Searching/);
  await arrived;
  assert.equal(sent, 1);
  await page.goBack();
  assert.match(await page.locator('form.question .actions button').innerText(), /Find providers/);
  await context.close();
});

test('the keys move, select, open and explain, and can be turned off', async () => {
  const { context, page } = await open(chrome, server);
  await ask(page, VENT);
  const focused = () => page.evaluate(() => document.activeElement.closest('[data-row]')?.querySelector('.badge')?.textContent);
  for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
  assert.equal(await focused(), '2');
  await page.keyboard.press('x');
  assert.match(await page.locator('.selection b').innerText(), /^1 selected/);
  await page.keyboard.press('w');
  await page.locator('.why-row').waitFor();
  await page.keyboard.press('w');
  await page.locator('.why-row').waitFor({ state: 'detached' });
  const sheet = await inNewTab(page, () => page.keyboard.press('c'));
  assert.equal(await sheet.locator('main table tbody tr').count(), 1);
  await sheet.close();
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'near');
  await page.keyboard.type('jx?');
  assert.equal(await page.inputValue('#near'), 'jx?', 'typing replaces what was there');
  await page.locator('h1').focus();
  await page.keyboard.press('?');
  await page.locator('#keys-on').uncheck();
  await page.keyboard.press('Escape');
  await page.locator('h1').focus();
  await page.keyboard.press('j');
  assert.equal(await focused(), undefined, 'the keys are off');
  await context.close();
});

test('columns sort inside each tier, and a third press restores the ranks', async () => {
  const { context, page } = await open(chrome, server);
  await ask(page, VENT);
  const column = (label) =>
    page.evaluate(
      (label) =>
        [...document.querySelectorAll('table.rows tbody')].map((body) =>
          [...body.querySelectorAll(`[data-label="${label}"]`)].map((cell) => cell.dataset.value).map(Number),
        ),
      label,
    );
  const ranks = await column('Rank');
  const head = page.getByRole('button', { name: /^Miles/ });
  await head.click();
  for (const miles of await column('Miles')) assert.deepEqual(miles, [...miles].sort((a, b) => a - b));
  assert.equal(await page.locator('th[aria-sort=ascending]').count(), 1);
  await head.click();
  for (const miles of await column('Miles')) assert.deepEqual(miles, [...miles].sort((a, b) => b - a));
  await head.click();
  assert.deepEqual(await column('Rank'), ranks);
  await context.close();
});

test('text at 200 % cuts off nothing and scrolls only down', async () => {
  for (const width of [1366, 640]) {
    const { context, page } = await open(chrome, server, { viewport: { width, height: 768 } });
    await ask(page, VENT);
    const cut = await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%';
      const all = [...document.querySelectorAll('.flag, .name, .sub, .chip, .tier, [data-row] td')];
      const clipped = all.filter((element) => element.scrollWidth > element.clientWidth + 2 && getComputedStyle(element).display !== 'inline');
      return { wide: document.documentElement.scrollWidth - window.innerWidth, clipped: clipped.map((element) => element.outerHTML.slice(0, 80)) };
    });
    assert.ok(cut.wide <= 0, `${width}: ${cut.wide} pixels too wide`);
    assert.deepEqual(cut.clipped, []);
    await context.close();
  }
});
