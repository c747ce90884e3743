import { ManualClock } from '../support/manual-clock';
import { MemoryPaymentJournal } from '../support/memory-payment-journal';
import { paymentJournalContract } from './payment-journal.contract';

describe('the payment journal in memory', () => {
  paymentJournalContract(() => {
    const clock = new ManualClock();
    return Promise.resolve({ clock, journal: new MemoryPaymentJournal(clock) });
  });
});
