import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LeakScan } from '../../../src/lab/leak-scan';
import type { Site } from '../../../src/lab/site';

/**
 * No card number of `cards` is in what the engine wrote (log, SQLite), in what anybody recorded, in what it and the gateway
 * answer, or in its memory. The same search finds each of them where it was planted.
 */
export async function expectNoDigits(site: Site, cards: readonly string[]): Promise<void> {
  const needles = cards.map((card) => ({ name: `pan ending ${card.slice(-4)}`, digits: Buffer.from(card, 'latin1') }));
  const scan = new LeakScan(needles);
  await scan.files(site.dataDir);
  await scan.files(site.world.saveRecordings(mkdtempSync(path.join(tmpdir(), 'hushtone-heard-'))));
  for (const route of ['/charges', '/sms', '/confirmations'])
    scan.text(route, JSON.stringify(await site.sandbox(route)));
  for (const route of ['/healthz', '/readyz']) {
    scan.text(route, await (await fetch(`${site.engine.runtime.http_url}${route}`)).text());
  }
  await scan.memory(site.engine.runtime.engine_pid);
  expect(scan.report().leaks).toEqual([]);

  const control = new LeakScan(needles);
  control.text('planted', cards.join(' '));
  expect(
    control
      .report()
      .leaks.map(({ needle }) => needle)
      .sort(),
  ).toEqual(needles.map(({ name }) => name).sort());
}
