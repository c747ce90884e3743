import type { OfferedCall } from '../ports/telephony';

/** Where a caller goes whom an agent, having got them back, sends to another number. */
export interface OtherFlows {
  /** Whether some flow answers this DID. Nobody can be sent anywhere else. */
  readonly answers: (did: string) => boolean;
  /** Serves the caller, whose channel is up and in no bridge, as a new call. */
  readonly take: (call: OfferedCall, transferredBy: string | null) => void;
}
