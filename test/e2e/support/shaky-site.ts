import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Site } from '../../../src/lab/site';
import { startSandboxProcess, type SandboxProcess } from '../../support/sandbox-process';
import { AriCable } from './ari-cable';
import { eventually, healthAtRest, type Health } from './nothing-left';
import { Lane, PROJECT, shippedFlow, tersely } from './payment-site';

/** Callers and agents of several calls are left in the middle of something until each has got there: nobody gives up before. */
function patiently(flow: string): string {
  return flow
    .replaceAll('ring: 25s', 'ring: 1m')
    .replace('collect: card-number\n', 'collect: card-number\n    timeout: 1m\n')
    .replace('otp: otp-pay #', 'timeout: 1m\n    otp: otp-pay #');
}

/**
 * A site whose parts can be taken away one by one: the way to ARI, the engine, its Asterisk. The sandbox outlives the engine,
 * as a real gateway would.
 */
export class ShakySite {
  private lanes = 0;
  private revived: ChildProcess | null = null;

  private constructor(
    readonly site: Site,
    readonly cable: AriCable,
    private readonly sandbox: SandboxProcess,
    /** The engine's health before the first call. */
    readonly atRest: Health,
  ) {}

  static async start(): Promise<ShakySite> {
    const sandbox = await startSandboxProcess();
    const cables: AriCable[] = [];
    const site = await Site.start({
      projectDir: PROJECT,
      bringAsterisk: true,
      sandboxUrl: sandbox.url,
      flows: { 'transferred-call.yaml': patiently(tersely(shippedFlow())) },
      ariThrough: async (url) => {
        const cable = await AriCable.to(url);
        cables.push(cable);
        return cable.url;
      },
      environment: { HUSHTONE_LOG_LEVEL: 'debug' },
    });
    const [cable] = cables;
    if (cable === undefined) throw new Error('the site asked for no way to ARI');
    site.world.seat('support', { manner: 'answer', headers: ['X-Payment-Result'], recording: 'support' });
    return new ShakySite(site, cable, sandbox, await healthAtRest(site));
  }

  lane(): Lane {
    return new Lane(this.site, ++this.lanes);
  }

  /** Kills the engine's Asterisk and starts it again with the same configuration, and so the same ports. */
  async restartAsterisk(): Promise<void> {
    const { pid, exited } = this.asterisk;
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    process.kill(pid, 'SIGKILL');
    await exited;
    this.revived = spawn(program, args, { stdio: 'ignore', cwd: this.asterisk.directory });
  }

  async stop(): Promise<void> {
    await this.site.stop();
    this.revived?.kill('SIGKILL');
    await this.cable.close();
    await this.sandbox.stop();
  }

  /** Waits until the engine has found its Asterisk again. */
  async untilReady(): Promise<void> {
    await eventually(
      'the engine ready again',
      async () => (await fetch(`${this.site.engine.runtime.http_url}/readyz`)).status,
      (status) => status === 200,
    );
  }

  private get asterisk(): NonNullable<Site['asterisk']> {
    if (this.site.asterisk === null) throw new Error('this site did not bring its own Asterisk');
    return this.site.asterisk;
  }
}
