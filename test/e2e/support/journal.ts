import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { AttemptState } from '../../../src/ports/payment-journal';
import { eventually } from './nothing-left';

// Its native part is loaded when it is first used, which jest allows no later than here.
new Database(':memory:').close();

/** Whose journal, and which order in it. */
export interface OrderPlace {
  readonly site: { readonly dataDir: string };
  readonly order: string;
}

/** An attempt as `payments.sqlite` has it. */
export interface JournalEntry {
  readonly state: AttemptState;
  readonly masked: string;
  readonly amount_minor: number;
  readonly currency: string;
}

/** All attempts of the order, in order. The engine holds its file alone, so a copy of it is read, with what it has not merged yet. */
export function journalOf({ site, order }: OrderPlace): JournalEntry[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'hushtone-journal-'));
  try {
    for (const name of ['payments.sqlite', 'payments.sqlite-wal']) {
      const file = path.join(site.dataDir, name);
      if (existsSync(file)) copyFileSync(file, path.join(folder, name));
    }
    const journal = new Database(path.join(folder, 'payments.sqlite'), { fileMustExist: true });
    const entries = journal
      .prepare('SELECT state, masked, amount_minor, currency FROM attempts WHERE reference = ? ORDER BY number')
      .all(order) as JournalEntry[];
    journal.close();
    return entries;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The order has exactly these attempts, in these states, now or once they are settled. */
export async function expectJournal(place: OrderPlace, states: readonly AttemptState[]): Promise<void> {
  await eventually(
    `the journal of ${place.order}, which should have ${JSON.stringify(states)}`,
    () => Promise.resolve(journalOf(place).map(({ state }) => state)),
    (found) => found.join() === states.join(),
  );
}
