import { appendFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { startPrivateAsterisk, type PrivateAsterisk } from '../asterisk/private-asterisk';
import { OutsideAri, type OutsideEvent } from './outside-ari';
import { PATIENCE_MS } from './patience';
import { OUTSIDE_APP, RobotAgent, RobotCaller, type AgentManner, type DialAs, type RobotGround } from './robots';

/** The PBX's side of a telephone that registers elsewhere, and calls as itself. */
function telephone(name: string, password: string, registrar: string): string {
  return `
[${name}](trunk)
context = agents
dtmf_mode = rfc4733
from_user = ${name}
outbound_auth = ${name}
[${name}]
type = auth
auth_type = digest
username = ${name}
password = ${password}
[${name}-registration]
type = registration
transport = transport-udp
outbound_auth = ${name}
server_uri = sip:${registrar}
client_uri = sip:${name}@${registrar}
contact_user = tel${name.replaceAll(/\D/g, '')}
`;
}

export interface ExpectedAgent {
  /** How this agent meets the call. */
  readonly manner: AgentManner;
  /** Headers of the INVITE to be read. */
  readonly headers?: readonly string[];
  /** Name of the recording of what the agent hears. */
  readonly recording: string;
}

/**
 * The outside world: a second private Asterisk that is the carrier callers come from and the PBX agents sit at. It speaks
 * real SIP and RTP with the engine's Asterisk and records what each robot hears.
 */
export class OutsideWorld {
  private readonly expected = new Map<string, ExpectedAgent>();
  private readonly agents = new Map<string, RobotAgent[]>();
  private readonly arrivals = new Map<string, number>();
  private readonly waiting = new Set<() => void>();

  private constructor(
    private readonly asterisk: PrivateAsterisk,
    private readonly ari: OutsideAri,
    private ground: RobotGround,
  ) {
    ari.on((event) => {
      if (event.type !== 'StasisStart' || event.args?.[0] !== 'agent') return;
      // A call may end while its agent takes it; whoever waits for that agent says so.
      this.ringAgent(event).catch(() => undefined);
    });
  }

  static async start(projectDir: string): Promise<OutsideWorld> {
    const config = path.join(projectDir, 'src', 'lab', 'outside-config');
    const read = (...file: string[]): string => readFileSync(path.join(...file), 'utf8');
    const engineConfig = path.join(projectDir, 'asterisk-config');
    const asterisk = await startPrivateAsterisk({
      projectDir,
      configDir: engineConfig,
      soundsDir: path.join(projectDir, 'sounds'),
      sipPort: 0,
      name: 'outside',
      files: {
        'extensions.conf': read(config, 'extensions.conf'),
        'pjsip_trunks.conf': read(config, 'pjsip_trunks.conf'),
        'modules.conf': `${read(engineConfig, 'modules.conf')}\n${read(config, 'ears.conf')}`,
      },
    });
    const recordings = path.join(asterisk.spoolDir, 'recording');
    mkdirSync(recordings, { recursive: true });
    const ari = await OutsideAri.connect(asterisk, OUTSIDE_APP);
    return new OutsideWorld(asterisk, ari, { ari, engine: '', recordings });
  }

  get pid(): number {
    return this.asterisk.pid;
  }

  /** Where the PBX listens for SIP, for return targets: `127.0.0.1:5080`. */
  get pbx(): string {
    return `${this.asterisk.sipHost}:${this.asterisk.sipPort}`;
  }

  /** Tells the carrier where the engine listens for SIP. */
  connectTo(engine: string): void {
    this.ground = { ...this.ground, engine };
  }

  /** A caller dials. Resolves when answered. */
  dial(as: DialAs): Promise<RobotCaller> {
    return RobotCaller.dial(this.ground, as);
  }

  /** Where the engine listens for SIP. */
  get engine(): string {
    return this.ground.engine;
  }

  /**
   * Registers telephones at the engine's Asterisk; a call to one reaches the seat `tel<digits of its name>`. Resolves when all
   * are registered.
   */
  async register(telephones: readonly string[], password: string): Promise<void> {
    const config = path.join(this.asterisk.directory, 'etc', 'pjsip_trunks.conf');
    appendFileSync(config, telephones.map((name) => telephone(name, password, this.ground.engine)).join('\n'));
    await this.asterisk.control('module reload res_pjsip.so');
    await this.asterisk.control('module reload res_pjsip_outbound_registration.so');
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const said = await this.asterisk.control('pjsip show registrations');
      if (said.split(' Registered').length > telephones.length) return;
      if (Date.now() > deadline) throw new Error(`not every telephone is registered:\n${said}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Seats an agent at a number of the PBX. A number without one is busy. */
  seat(number: string, agent: ExpectedAgent): void {
    this.expected.set(number, agent);
  }

  /** Calls that have reached a number so far. */
  reached(number: string): readonly RobotAgent[] {
    return this.agents.get(number) ?? [];
  }

  /** Waits until the call from `caller` has reached the number. @throws after `withinMs`. */
  async called(number: string, caller: string, withinMs = PATIENCE_MS): Promise<RobotAgent> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const agent = this.reached(number).find(({ from }) => from === caller);
      if (agent !== undefined) return agent;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no call from ${caller} reached ${number} within ${withinMs} ms`);
      await this.nextCall(left);
    }
  }

  /** Asks its Asterisk's console. */
  console(command: string): Promise<string> {
    return this.asterisk.control(command);
  }

  /** Channels of the outside world that are still up. */
  async channelsLeft(): Promise<number> {
    return ((await this.ari.command('GET', '/channels')) as unknown[]).length;
  }

  /** The file of what a robot hears; whole once its `heard` has resolved. */
  recordingOf(name: string): string {
    return path.join(this.ground.recordings, `${name}.wav`);
  }

  /** Copies what the robots heard to a folder that stays. Returns it. */
  saveRecordings(folder: string): string {
    cpSync(this.ground.recordings, folder, { recursive: true });
    return folder;
  }

  async stop(): Promise<void> {
    this.ari.close();
    await this.asterisk.stop();
  }

  private async ringAgent(event: OutsideEvent): Promise<void> {
    const number = event.args?.[1] ?? '';
    const as = this.expected.get(number) ?? { manner: 'busy' as const, recording: `nobody-${number}` };
    const arrival = (this.arrivals.get(number) ?? 0) + 1;
    this.arrivals.set(number, arrival);
    // Several callers may come to one number: each recording has a name of its own.
    const recording = arrival === 1 ? as.recording : `${as.recording}-${arrival}`;
    const agent = await RobotAgent.take(this.ground, event, { ...as, headers: as.headers ?? [], recording });
    this.agents.set(number, [...this.reached(number), agent]);
    for (const wake of this.waiting) wake();
  }

  private nextCall(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, withinMs);
      this.waiting.add(wake);
    });
  }
}
