import { Site } from '../../src/lab/site';
import { callsDuringEdits, Editor, expectOneVersionEach, flowSaying } from '../e2e/support/changing-flow';
import { PROJECT } from '../e2e/support/payment-site';

jest.setTimeout(5 * 60_000);

/** A call takes about 15 s, so at this rate more than 200 are up at once. */
const CALLS = 400;
const CALLS_A_SECOND = 20;
const AT_ONCE = 200;

let site: Site;

beforeAll(async () => {
  const flows = { 'changing.yaml': flowSaying('1000') };
  site = await Site.start({ projectDir: PROJECT, bringAsterisk: true, rtpPorts: 4 * CALLS, flows });
}, 60_000);

afterAll(async () => {
  await site.stop();
});

async function callsNow(): Promise<number> {
  const health = (await (await fetch(`${site.engine.runtime.http_url}/healthz`)).json()) as { calls: number };
  return health.calls;
}

it(`serves ${AT_ONCE} real calls at once while the flow is saved every second, now and then broken, each by one version`, async () => {
  const editor = new Editor(site);
  await editor.saved('9999');
  let most = 0;
  const load = { calls: CALLS, rate: CALLS_A_SECOND };
  const { result, served } = await callsDuringEdits(site, load, () => {
    editor.save();
    void callsNow().then((calls) => (most = Math.max(most, calls)));
  });
  const versions = new Set(served.map(({ version }) => version)).size;
  const whole = served.filter(({ collected }) => collected === 3).length;
  console.log(
    `reload: ${result.succeeded} of ${CALLS} calls, ${most} at once, by ${versions} versions; ${whole} with every field`,
  );
  expect(result).toEqual({ succeeded: CALLS, failed: 0 });
  expect(most).toBeGreaterThanOrEqual(AT_ONCE);
  expectOneVersionEach(served, editor);
  expect(versions).toBeGreaterThan(10);
});
