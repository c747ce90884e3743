import http from 'node:http';
import { HushtoneError } from '../../src/errors';
import { JournaledPayments } from '../../src/payment/payments';
import type { CardVault } from '../../src/ports/card-vault';
import type { Clock } from '../../src/ports/clock';
import type { Logger } from '../../src/ports/logger';
import type { ChargeAnswer, ChargeRequest, PaymentGateway } from '../../src/ports/payment-gateway';
import type { AttemptChange, PaymentJournal } from '../../src/ports/payment-journal';
import { SqlitePaymentJournal } from '../../src/store/sqlite-payment-journal';

/**
 * A process that takes one payment and kills itself (SIGKILL) at one boundary of the journal.
 * Arguments: journal file, gateway URL, boundary. `before-x`: before the journal is asked; `during-x`: as soon as it is
 * asked; `after-x`: as soon as it has answered. `while-sending` is done by the gateway, `never` by nobody.
 * Says the outcome, or the code of the error that kept it from starting.
 */

const [file = '', gatewayUrl = '', boundary = 'never'] = process.argv.slice(2);

function dieAt(here: string): void {
  if (here === boundary) process.kill(process.pid, 'SIGKILL');
}

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};

const quiet = (): void => undefined;
const logger: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Tells what each operation of the journal is called here, and dies around it. */
function mortal(journal: PaymentJournal): PaymentJournal {
  const around = async <T>(name: string, ask: () => Promise<T>): Promise<T> => {
    dieAt(`before-${name}`);
    const asking = ask();
    dieAt(`during-${name}`);
    const answer = await asking;
    dieAt(`after-${name}`);
    return answer;
  };
  return {
    open: (attempt) => around('open', () => journal.open(attempt)),
    move: (attempt, from, change: AttemptChange) =>
      around(change.to === 'submitting' ? 'submitting' : 'final', () => journal.move(attempt, from, change)),
    find: (attempt) => journal.find(attempt),
    ofOrder: (account, reference) => journal.ofOrder(account, reference),
    unsettled: () => journal.unsettled(),
    close: () => journal.close(),
  };
}

const gateway: PaymentGateway = {
  charge: (request: ChargeRequest) =>
    new Promise<ChargeAnswer>((resolve, reject) => {
      const sending = http.request(
        `${gatewayUrl}/charge/${request.gatewayReference}`,
        { method: 'POST' },
        (response) => {
          response.resume();
          response.on('end', () => {
            resolve({ outcome: 'approved', gatewayId: `gw_${request.gatewayReference}`, reason: '' });
          });
        },
      );
      sending.setHeader('x-attempt', request.attempt);
      sending.setHeader('x-pid', process.pid);
      sending.on('error', reject);
      sending.end();
    }),
  lookup: () => Promise.reject(new Error('this process never looks up')),
  tokenize: () => Promise.reject(new Error('this engine keeps no cards')),
  chargeLimitMs: () => 30_000,
};

const vault: CardVault = {
  open: () => {
    throw new Error('nothing is keyed here');
  },
  put: () => {
    throw new Error('nothing is keyed here');
  },
  lend: () => {
    throw new Error('nothing is read here');
  },
  same: () => false,
  lengthOf: () => null,
  wipe: quiet,
  wipeOwner: () => 0,
  size: () => 0,
};

async function main(): Promise<void> {
  const journal = await SqlitePaymentJournal.open({ file, clock });
  const payments = new JournaledPayments({ journal: mortal(journal), gateway, vault, clock, logger, record: quiet });
  const result = await payments.take({
    call: 'call_1',
    attempt: 'att_1',
    account: 'default',
    connector: 'otp-pay',
    amount: '2500.50',
    currency: 'INR',
    reference: 'TXN-1',
    channel: 'phone',
    card: { number: 'pan', expiry: 'exp', securityCode: 'cvv', otp: null },
    masked: 'xxxxxxxxxxxx1111',
    values: {},
  });
  process.stdout.write(result.outcome);
  await payments.idle();
  payments.close();
  await journal.close();
}

main().catch((error: unknown) => {
  process.stdout.write(error instanceof HushtoneError ? error.code : String(error));
});
