// Every state of the pages, reached like a user would. Checked with axe-core, at 320 pixels and for outgoing requests; those with `shot`
// are the pictures of docs/images.

import { ask, begin, navigated } from './harness.mjs';

/** A nursing facility for a patient on a ventilator, with a plan of the sample: rows of every fit. */
export const VENT = { near: '64108', service: 'skilled_nursing', coverage: 'hmo', need_words: 'vent l', within: '15' };
/** An agency that comes to the patient. */
export const HOME = { near: '64108', service: 'home_health', coverage: 'Medicare' };
/** No provider in the search area. */
export const NOBODY = { near: '59801', service: 'long_term_acute', coverage: 'Medicare', within: '5' };

/** Presses a button of the answer that opens another tab, and returns that tab. */
export async function inNewTab(page, click) {
  const [tab] = await Promise.all([page.context().waitForEvent('page'), click()]);
  await tab.waitForLoadState('load');
  return tab;
}

/** Uploads a file of questions. */
async function uploadQuestions(page, text) {
  await page.goto('/batch');
  await page.setInputFiles('#questions', { name: 'questions.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await navigated(page, () => page.getByRole('button', { name: 'Answer these questions' }).click());
}

/** Asks the plan for an exception, also before those in network have answered. */
async function exceptionAsked(page) {
  const early = page.getByText('Ask the plan before they have answered');
  if (await early.count()) await early.click();
  await page.getByRole('button', { name: 'Ask the plan for an exception' }).click();
}

async function pick(page, count) {
  for (let at = 0; at < count; at += 1) await page.locator('input[name=pick]').nth(at).check();
}

/** The answer of "Check a specific provider" for the name, in another tab. */
export async function whatAbout(page, name) {
  await page.fill('#provider', name);
  return inNewTab(page, () => page.locator('#provider').press('Enter'));
}

/** The name in a row of the answer. */
export async function nameIn(link) {
  return (await link.innerText()).replace(/\(opens.*$/s, '').trim();
}

/** Makes an invite for a nursing facility on its page. */
async function invite(page, pin = '') {
  await page.goto('/providers/ccn:265015');
  await page.locator('summary', { hasText: 'Invite the provider' }).click();
  await page.fill('#invite-pin', pin);
  await navigated(page, () => page.getByRole('button', { name: 'Make an invite' }).click());
}

/** Opens the page of the provider by an invite. */
async function openInvite(page) {
  await invite(page);
  await page.goto(await page.locator('#invite-address').inputValue());
}

/** A plan of home infusion and home health, made from the answer. */
export async function planOfTwo(page) {
  await begin(page);
  await page.fill('#near', '64108');
  await page.fill('#coverage', 'Larkwater Select PPO');
  await page.selectOption('#service', 'home_infusion');
  await page.locator('.levels > summary').click();
  await page.check('#service-home_health');
  await page.fill('#need_words', 'iv antibiotics');
  await navigated(page, () => page.locator('#near').press('Enter'));
  await navigated(page, () => page.getByRole('button', { name: /service plan/i }).click());
}

export const STATES = [
  { name: 'the empty form', shot: 'ask', go: (page) => page.goto('/') },
  {
    name: 'a form sent empty',
    go: async (page) => {
      await begin(page);
      await navigated(page, () => page.locator('#near').press('Enter'));
    },
  },
  {
    name: 'a form with several faults',
    go: (page) => ask(page, { near: '64199', coverage: 'larkwater', need_words: 'vent', age: '400' }),
  },
  { name: 'an answer with every fit', shot: 'answer', go: (page) => ask(page, VENT) },
  { name: 'an answer of agencies that come', go: (page) => ask(page, HOME) },
  { name: 'an answer without coverage', go: (page) => ask(page, { near: '64108', coverage: '' }) },
  { name: 'a city in place of a ZIP', go: (page) => ask(page, { near: 'Kansas City, MO' }) },
  {
    name: 'a plan of two levels of care',
    go: async (page) => {
      await begin(page);
      await page.fill('#near', '64108');
      await page.locator('.levels > summary').click();
      await page.check('#service-home_infusion');
      await page.fill('#need_words', 'iv antibiotics');
      await navigated(page, () => page.locator('#near').press('Enter'));
    },
  },
  {
    name: 'the level of care checked',
    go: async (page) => {
      await begin(page);
      await page.fill('#near', '64108');
      await page.fill('#coverage', 'Medicare');
      await page.locator('.screens > summary').click();
      await page.selectOption('#observation_only', 'yes');
      await page.selectOption('#pasrr_done', 'no');
      await navigated(page, () => page.locator('#near').press('Enter'));
    },
  },
  { name: 'a service plan with an empty worksheet', go: planOfTwo },
  {
    name: 'a service plan with a worksheet',
    go: async (page) => {
      await planOfTwo(page);
      await page.selectOption('#item-1', 'infusion_drug');
      await page.fill('#item-1-amount', '5,000');
      await page.selectOption('#party-1', 'agency');
      await page.fill('#party-1-amount', '500');
      await page.fill('#days', '21');
      await page.fill('#day-cost', '1800');
      await navigated(page, () => page.locator('#day-cost').press('Enter'));
    },
  },
  {
    name: 'a service plan with faults',
    go: async (page) => {
      await planOfTwo(page);
      await page.selectOption('#item-1', 'infusion_pump');
      await page.fill('#item-1-label', 'for Jane');
      await page.fill('#item-1-amount', 'much');
      await page.selectOption('#party-1', 'agency');
      await page.fill('#party-1-amount', '500');
      await page.check('#party-1-agreed');
      await navigated(page, () => page.locator('#day-cost').press('Enter'));
    },
  },
  {
    name: 'the form to ask the plan for an exception',
    go: (page) => ask(page, { ...VENT, need_words: 'tpn' }),
    tab: exceptionAsked,
  },
  {
    name: 'the letter to the plan',
    go: (page) => ask(page, { ...VENT, need_words: 'tpn' }),
    tab: exceptionAsked,
    then: (tab) => navigated(tab, () => tab.getByRole('button', { name: 'Make the letter' }).click()),
  },
  { name: 'the times of a prior authorization', go: async (page) => {
    await page.goto('/prior-authorizations');
    await page.selectOption('#payer_class', 'medicare_advantage');
    await page.selectOption('#request', 'standard');
    await page.selectOption('#time_zone', 'America/Chicago');
    await page.fill('#received_at', '2026-11-30T14:20');
    await page.check('#path-hospital_discharge');
    await page.check('#path-denial');
    await navigated(page, () => page.getByRole('button', { name: 'Show the times' }).click());
  } },
  { name: 'a prior authorization with faults', go: async (page) => {
    await page.goto('/prior-authorizations');
    await page.selectOption('#time_zone', 'America/Chicago');
    await page.fill('#received_at', '2026-11-01T01:30');
    await navigated(page, () => page.getByRole('button', { name: 'Show the times' }).click());
  } },
  { name: 'the form to reprint a letter to the plan', go: (page) => page.goto('/gap-packet') },
  { name: 'one tier alone', go: async (page) => {
    await ask(page, VENT);
    await navigated(page, () => page.locator('button[name=tier]').first().click());
  } },
  { name: 'the help of the keys', go: async (page) => {
    await ask(page, VENT);
    await page.keyboard.press('?');
  } },
  { name: 'an address that has expired', go: (page) => page.goto('/answer/expired') },
  { name: 'nobody in reach', go: (page) => ask(page, NOBODY) },
  {
    name: 'the question opened again',
    go: async (page) => {
      await ask(page, VENT);
      await page.locator('summary', { hasText: 'Edit' }).first().click();
    },
  },
  {
    name: 'every fold of an answer opened',
    go: async (page) => {
      await ask(page, VENT);
      for (const fold of await page.locator('main details').all()) await fold.evaluate((element) => (element.open = true));
    },
  },
  {
    name: 'the next page of an answer',
    go: async (page) => {
      await ask(page, { near: '64108', coverage: 'Medicare', within: '60' });
      await navigated(page, () => page.getByRole('button', { name: /next/i }).click());
    },
  },
  {
    name: 'what about one on the list',
    go: async (page) => {
      await ask(page, VENT);
      await page.fill('#provider', await nameIn(page.locator('main table tbody a[href^="/providers/"]').nth(1)));
    },
    tab: (page) => page.locator('#provider').press('Enter'),
  },
  {
    name: 'what about a name nobody has',
    go: async (page) => {
      await ask(page, VENT);
      await page.fill('#provider', 'Nursing of the Rising Sun');
    },
    tab: (page) => page.locator('#provider').press('Enter'),
  },
  {
    name: 'what about one of another service',
    go: async (page) => {
      await ask(page, VENT);
      await page.fill('#provider', 'ccn:173027');
    },
    tab: (page) => page.locator('#provider').press('Enter'),
  },
  {
    name: 'a page with ticks of another',
    go: async (page) => {
      await ask(page, { near: '64108', coverage: 'Medicare', within: '60' });
      await pick(page, 2);
      await navigated(page, () => page.getByRole('button', { name: /next/i }).click());
      await page.locator('#elsewhere summary').click();
    },
  },
  {
    name: 'the call sheet',
    tab: (page) => page.locator('button[formaction="/call-sheet"]').first().click(),
    go: (page) => ask(page, VENT),
  },
  {
    name: 'two side by side',
    shot: 'compare',
    go: async (page) => {
      await ask(page, VENT);
      await pick(page, 2);
    },
    tab: (page) => page.getByRole('button', { name: /compare/i }).click(),
  },
  {
    name: 'five side by side',
    go: async (page) => {
      await ask(page, HOME);
      await pick(page, 5);
    },
    tab: (page) => page.getByRole('button', { name: /compare/i }).click(),
  },
  {
    name: 'one side by side with nobody',
    go: async (page) => {
      await ask(page, VENT);
      await pick(page, 1);
    },
    tab: (page) => page.getByRole('button', { name: /compare/i }).click(),
  },
  {
    name: 'a nursing facility',
    shot: 'provider',
    go: (page) => ask(page, VENT),
    tab: (page) => page.locator('main table tbody a[href^="/providers/"]').first().click(),
  },
  {
    name: 'a home health agency',
    go: (page) => ask(page, HOME),
    tab: (page) => page.locator('main table tbody a[href^="/providers/"]').first().click(),
  },
  { name: 'an invite of a provider', go: (page) => invite(page) },
  { name: 'the page of a provider', go: (page) => openInvite(page) },
  {
    name: 'the page of a provider with faults',
    go: async (page) => {
      await openInvite(page);
      await page.fill('#admissions', '12');
      await page.fill('#skilled_nursing-limit-size-max_lb', 'many');
      await navigated(page, () => page.getByRole('button', { name: 'Save' }).click());
    },
  },
  {
    name: 'what a provider states, saved',
    go: async (page) => {
      await openInvite(page);
      await page.locator('#skilled_nursing-week input[value=yes]').check();
      await navigated(page, () => page.getByRole('button', { name: 'Save' }).click());
    },
  },
  {
    name: 'the page of a provider that asks for the PIN',
    go: async (page) => {
      await invite(page, '4711');
      await page.goto(await page.locator('#invite-address').inputValue());
    },
  },
  { name: 'an invite that cannot be used', go: (page) => page.goto('/provider-update/AAAAAAAAAAAAAAAAAAAAAA') },
  { name: 'the statements of providers', go: (page) => page.goto('/provider-statements') },
  {
    name: 'the providers of a town',
    go: async (page) => {
      await page.goto('/');
      await page.fill('#provider', 'Olathe, KS');
      await navigated(page, () => page.locator('#provider').press('Enter'));
    },
  },
  {
    name: 'a look-up that finds nothing',
    go: async (page) => {
      await page.goto('/');
      await page.fill('#provider', 'zzyzx qwrt');
      await navigated(page, () => page.locator('#provider').press('Enter'));
    },
  },
  {
    name: 'an answer with a pin pressed',
    go: async (page) => {
      await ask(page, VENT);
      await page.locator('.place').first().click();
    },
  },
  { name: 'a provider that is not there', go: (page) => page.goto('/providers/ccn:999999') },
  { name: 'a page that is not there', go: (page) => page.goto('/nowhere') },
  {
    name: 'the list for the patient',
    shot: 'list',
    go: (page) => ask(page, { ...VENT, need_words: '' }),
    tab: (page) => page.getByRole('button', { name: /choice list/i }).first().click(),
  },
  {
    name: 'the list in Spanish',
    go: async (page) => {
      await ask(page, HOME);
      await page.selectOption('#list_language', 'es');
    },
    tab: (page) => page.getByRole('button', { name: /choice list/i }).first().click(),
  },
  {
    name: 'a list of three that were chosen',
    go: async (page) => {
      await ask(page, HOME);
      await pick(page, 3);
    },
    tab: (page) => page.getByRole('button', { name: /choice list/i }).first().click(),
  },
  { name: 'the search for a list', go: (page) => page.goto('/choice-list') },
  { name: 'a teaching sheet', go: (page) => page.goto('/teaching-sheets/skilled_nursing') },
  { name: 'a teaching sheet in Spanish', go: (page) => page.goto('/teaching-sheets/home_infusion?language=es') },
  {
    name: 'a list that is not there',
    go: async (page) => {
      await page.goto('/choice-list');
      await page.fill('#id', '00000-00000-00000-00000-000000');
      await navigated(page, () => page.locator('#id').press('Enter'));
    },
  },
  { name: 'the form for a file of questions', go: (page) => page.goto('/batch') },
  { name: 'a file that is no table of questions', go: (page) => uploadQuestions(page, 'Insurence,Age,age\n') },
  {
    name: 'the answers to a file of questions',
    go: async (page) => {
      await uploadQuestions(page, 'ZIP,Level of care,Clinical needs,Room\n64108,SNF,"wound vac, service dog",4 West\nnowhere,SNF,trach,\n');
      await page.getByRole('button', { name: 'Download the workbook' }).waitFor();
    },
  },
  { name: 'the board', go: (page) => page.goto('/board') },
  { name: 'the manager\'s page', go: (page) => page.goto('/manager') },
  { name: 'the codes of the EHR', go: (page) => page.goto('/ehr-codes') },
  { name: 'the page of a card\'s link', go: (page) => page.goto('/open') },
  {
    name: 'a link of a card that cannot be opened',
    go: async (page) => {
      await page.goto('/open');
      await navigated(page, () => page.getByRole('button', { name: 'See these providers' }).click());
    },
  },
  { name: 'the directory', shot: 'directory', go: (page) => page.goto('/directory') },
  { name: 'how ranking works', go: (page) => page.goto('/how-ranking-works') },
  { name: 'the API, to read', go: (page) => page.goto('/docs') },
];

/** States that need a separate server. */
export const ELSEWHERE = [
  { name: 'no directory yet', args: ['--index', 'nothing-here'], go: (page) => page.goto('/') },
  { name: 'the status of no directory', args: ['--index', 'nothing-here'], go: (page) => page.goto('/directory') },
  {
    name: 'a question without a directory',
    args: ['--index', 'nothing-here'],
    go: async (page) => {
      await page.goto('/');
      const near = page.locator('#near');
      if (await near.count()) {
        await near.fill('64108');
        await navigated(page, () => near.press('Enter'));
      }
    },
  },
  { name: 'nobody signed in', args: ['--sample'], config: '[access]\n', go: (page) => page.goto('/') },
  {
    name: 'a key that is none',
    args: ['--sample'],
    config: '[access]\n',
    go: async (page) => {
      await page.goto('/');
      await page.fill('#key', 'plc_0000');
      await navigated(page, () => page.locator('#key').press('Enter'));
    },
  },
];

/** Goes to a state; returns its page, which may be another tab. */
export async function reach(page, state) {
  await state.go(page);
  const shown = state.tab ? await inNewTab(page, () => state.tab(page)) : page;
  if (state.then) await state.then(shown);
  return shown;
}
