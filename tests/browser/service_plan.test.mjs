// A service plan by keyboard: from the empty form to the printed worksheet, and to the list with two sections.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, browser, Keyboard, navigated, open, pdfText, printed, serve } from './harness.mjs';
import { inNewTab } from './states.mjs';

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

/** Moves the focus with Tab to the control with that id. */
async function tabTo(page, id) {
  for (let stop = 0; stop < 400; stop += 1) {
    if ((await page.evaluate(() => document.activeElement?.id)) === id) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab does not reach ${id}`);
}

/** Presses the button or summary with that text, by keyboard. */
async function press(page, text) {
  for (let stop = 0; stop < 400; stop += 1) {
    const says = await page.evaluate(() => document.activeElement?.textContent ?? '');
    const tag = await page.evaluate(() => document.activeElement?.tagName);
    if (['BUTTON', 'SUMMARY'].includes(tag) && says.trim().startsWith(text)) return page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
  }
  return assert.fail(`Tab does not reach ${text}`);
}

/** Chooses the option that begins with the letters. */
async function choose(page, id, letters) {
  await tabTo(page, id);
  await page.keyboard.type(letters);
}

async function type(page, id, text) {
  await tabTo(page, id);
  await page.keyboard.type(text);
}

async function tick(page, id) {
  await tabTo(page, id);
  await page.keyboard.press('Space');
}

for (const scripts of [true, false]) {
  test(`by keyboard${scripts ? '' : ' with scripts off'}: from the empty form to the printed worksheet and the list with two sections`, async () => {
    const { context, page } = await open(chrome, server, { javaScriptEnabled: scripts });
    await begin(page);
    const keys = new Keyboard(page);
    await keys.type('64108');
    await keys.press('Tab');
    await keys.type('Home inf');
    await keys.press('Tab');
    await keys.type('Larkwater Select PPO');
    await keys.press('Tab');
    await keys.type('iv antibiotics');
    await press(page, 'Add a level of care');
    await tick(page, 'service-home_health');
    await navigated(page, () => page.keyboard.press('Enter'));
    assert.equal(await page.locator('main .level-section').count(), 2);

    await navigated(page, () => press(page, 'Service plan'));
    assert.match(await page.locator('#limiting').innerText(), /Limiting level of care/);
    assert.match(await page.locator('#common-start').innerText(), /First common start day/);
    assert.equal(await page.locator('#services tbody tr').count(), 2);

    await choose(page, 'payer_class', 'Medicare A');
    await choose(page, 'item-1', 'IV');
    await type(page, 'item-1-label', 'ceftriaxone 2 g daily, 21 days');
    await type(page, 'item-1-amount', '3,800');
    await choose(page, 'item-2', 'Infusion p');
    await type(page, 'item-2-amount', '1,200');
    await choose(page, 'party-1', 'Patient');
    await type(page, 'party-1-amount', '1000');
    await tick(page, 'party-1-agreed');
    await choose(page, 'party-2', 'Pharmacy');
    await choose(page, 'party-2-kind', 'reduces');
    await type(page, 'party-2-amount', '1000');
    await tick(page, 'party-2-agreed');
    await choose(page, 'party-3', 'Agency');
    await type(page, 'party-3-amount', '500');
    await choose(page, 'party-3-item', 'Infusion p');
    await tick(page, 'party-3-agreed');
    await choose(page, 'party-4', 'Insurer');
    await type(page, 'party-4-amount', '2500');
    await tick(page, 'party-4-agreed');
    await tick(page, 'party-4-outside');
    await navigated(page, () => press(page, 'Add up'));

    // What the agency gives needs a signature first; the rest of what was typed is kept.
    assert.match(await page.locator('#errors').innerText(), /compliance has signed.*1320a-7b\(b\)/s);
    assert.equal(await page.inputValue('#item-1-label'), 'ceftriaxone 2 g daily, 21 days');
    await tick(page, 'party-3-compliance');
    await navigated(page, () => press(page, 'Add up'));
    assert.match(await page.locator('#balance').innerText(), /balances: nothing is left to pay\. All of it is agreed/);
    assert.match(await page.locator('main').innerText(), /ordinary IV antibiotics are generally not under LCD L33794/);
    const before = await page.locator('#result').innerText();
    await page.reload();
    assert.equal(await page.locator('#result').innerText(), before);

    // On paper: the sums and the map, without the form.
    const paper = (await printed(page)).replace(/\s+/g, ' ');
    for (const says of [/\$5,000\.00/, /Patient/, /compliance/, /L33794/, /reviewed/]) {
      assert.match(paper, says);
    }
    assert.doesNotMatch(paper, /Commitment 1|Add up/);

    // The PDF of the server has the same sums.
    await tabTo(page, 'day-cost');
    const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'PDF')]);
    assert.match(pdfText(await download.path()).replace(/\s+/g, ' '), /Balance: \$0\.00/);

    // The list of the patient has a section for each level of care.
    await page.reload();
    const list = await inNewTab(page, () => press(page, 'Choice list for all levels of care'));
    const headings = (await list.locator('.list h2').allInnerTexts()).join(' | ');
    assert.match(headings, /infusion/i);
    assert.match(headings, /home health/i);
    await context.close();
  });
}
