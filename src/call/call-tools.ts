import type { RecordCallEvent } from '../ports/call-events';
import type { Clock } from '../ports/clock';
import type { IdMaker } from '../ports/id-maker';
import type { KeptCalls } from '../ports/kept-calls';
import type { Logger } from '../ports/logger';
import type { Telephony } from '../ports/telephony';

/** What every call is made with. */
export interface CallTools {
  readonly telephony: Telephony;
  readonly clock: Clock;
  readonly ids: IdMaker;
  readonly record: RecordCallEvent;
  readonly logger: Logger;
  /** Where calls outlive this process. */
  readonly kept: KeptCalls;
}
