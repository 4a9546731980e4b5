// The pictures of docs/images: the main states at the size of a small laptop, with few colors so that the files stay small.

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { browser, open, serve } from './harness.mjs';
import { reach, STATES } from './states.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'docs', 'images');
mkdirSync(folder, { recursive: true });
const chrome = await browser();
const server = await serve(['--sample']);
for (const state of STATES.filter((state) => state.shot)) {
  const { context, page } = await open(chrome, server);
  const shown = await reach(page, state);
  await shown.setViewportSize({ width: 1366, height: 768 });
  const path = join(folder, `${state.shot}.png`);
  await shown.screenshot({ path });
  execFileSync('pngquant', ['--force', '--skip-if-larger', '--output', path, '32', path]);
  await context.close();
}
await chrome.close();
await server.stop();
