import { CARDS } from '../e2e/support/cards';
import { expectNoDigits } from '../e2e/support/no-digits';
import { expectIdle } from '../e2e/support/nothing-left';
import { EXPIRY, PaymentSite } from '../e2e/support/payment-site';

jest.setTimeout(15 * 60_000);

const ROUNDS = 5;
const AT_ONCE = 20;
const PAYS = {
  'card-number': [CARDS.approved],
  'expiration-date': [EXPIRY],
  'security-code': ['123'],
  otp: ['123456'],
};

const sites = new PaymentSite();

afterAll(async () => {
  await sites.stop();
});

it('a hundred real calls, twenty at once: each charged once, and nothing is left of any', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const lanes = await Promise.all(Array.from({ length: AT_ONCE }, () => sites.lane()));
    const charged = await Promise.all(
      lanes.map(async (lane) => {
        const call = await lane.dial({ keys: PAYS });
        const headers = await call.backWith(lane.agent);
        return [headers['X-Payment-Result'], (await lane.charges()).charged];
      }),
    );
    expect(charged).toEqual(lanes.map(() => ['approved', 1]));
    await expectIdle(await sites.site(), sites.atRest);
  }
  await expectNoDigits(await sites.site(), [CARDS.approved]);
});
