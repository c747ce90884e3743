import { readFileSync } from 'node:fs';
import type { DemoScript } from './demo-script';
import type { RobotAgent } from './robots';
import type { Site } from './site';
import { loudness } from './wav-loudness';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
}

export interface DemoFacts {
  readonly script: DemoScript;
  readonly call: string;
  readonly order: string;
  readonly amount: string;
  readonly currency: string;
  readonly agent: RobotAgent | null;
  readonly agentTarget: string;
  /** Folder with `caller.wav` and `agent.wav`: what each heard. */
  readonly recordings: string;
  readonly folder: string;
}
