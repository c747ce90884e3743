import type { CollectedField, FieldError, KeySink } from './key-sink';

/** Timers and keys of one field; all times in ms. Defaults are the flow language's. */
export interface FieldTiming {
  readonly firstKeyMs: number;
  readonly interdigitMs: number;
  readonly termMs: number;
  /** '#' and '*' as ASCII bytes, or null for none. */
  readonly terminator: number | null;
  readonly clearKey: number | null;
}

export interface ListenRequest {
  readonly field: string;
  readonly attempt: number;
  /** Sound URIs of the prompt; may be empty. */
  readonly media: readonly string[];
  readonly words: string;
  readonly bargein: boolean;
  /** Sensitive: the voice is muted before the field opens, and keys pressed earlier are dropped. */
  readonly sensitive: boolean;
  readonly timing: FieldTiming;
  /**
   * A key (ASCII byte) that is a command when it is the only one: pressed first, and followed by the terminator or by no
   * further key within the inter-digit time, it ends the field as `hot-key` and what the sink held is cleared. Null for none.
   */
  readonly hotKey: number | null;
  readonly sink: KeySink;
}

export type ListenResult =
  | { readonly kind: 'collected'; readonly field: CollectedField }
  | { readonly kind: 'failed'; readonly error: FieldError }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'hot-key' };

export interface SayRequest {
  readonly media: readonly string[];
  /** The same, in words, for the transcript. */
  readonly words: string;
  readonly bargein: boolean;
}

/** Who transferred the caller to us, as the switch knows it. All null: nobody did, or nobody said so. */
export interface CallTransfer {
  /** `Referred-By`, raw (grammar is the reader's duty). */
  readonly referredBy: string | null;
  /** Endpoint (`PJSIP/agent-101`) whose REFER our own switch carried out. */
  readonly endpoint: string | null;
  /** Id of the return target that had the caller, when the REFER came to us. */
  readonly target: string | null;
}

export interface ReturnRequest {
  /** Id of the target, for records. */
  readonly target: string;
  /** Endpoint from configuration. */
  readonly endpoint: string;
  /** SIP address from configuration: the other side is asked (REFER) to take the caller over. Else caller and target are bridged. */
  readonly referTo?: string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** What became of the caller's payment (`none`: none was tried): told to a target that the switch rings while no engine is there. */
  readonly payment: string;
  readonly ringMs: number;
  /** Played to the caller while the target rings; may be empty. */
  readonly media: readonly string[];
  readonly words: string;
}

/** Of a REFER, `answered`: the other side has taken the caller over. */
export type ReturnResult = 'answered' | 'no-answer' | 'busy' | 'failed';

/**
 * Why a call ended. `caller`: the caller hung up. `agent`: the agent did, after a return. `engine`: we did. `handed-on`: the
 * caller went on elsewhere, by a REFER of ours or of the agent they were returned to.
 */
export type EndReason = 'caller' | 'agent' | 'engine' | 'failure' | 'handed-on';

/**
 * One caller, from answer to goodbye, as a flow sees it. Each method rejects with HushtoneError `caller-gone` (or
 * `call-closed`) as soon as the call is over, whatever it was doing; with the `signal`'s reason when aborted.
 */
export interface Call {
  readonly id: string;
  /** Number of the caller as the trunk said it; '' when withheld. */
  readonly caller: string;
  readonly did: string;
  /** A header of the INVITE, raw (grammar is the reader's duty), or null. */
  header(name: string): Promise<string | null>;
  /** Who transferred the caller to us. To be asked before `answer()`: the switch forgets it then. */
  transfer(): Promise<CallTransfer>;
  /** Answers and puts the caller into the bridge where they stay. Idempotent. */
  answer(): Promise<void>;
  /** Plays to the end, or until a key when `bargein`. A prompt that cannot be played rejects with `playback-failed`. */
  say(request: SayRequest, signal?: AbortSignal): Promise<void>;
  /** Plays a prompt and collects one field: one attempt. */
  listen(request: ListenRequest, signal?: AbortSignal): Promise<ListenResult>;
  /** Plays, pauses and plays again until `signal` is aborted; then resolves. Keys are dropped meanwhile. */
  hold(request: SayRequest & { readonly pauseMs: number }, signal: AbortSignal): Promise<void>;
  /** Dials the target and joins it with the caller. Resolves once it is known; see `ended` for the rest of an answered one. */
  returnTo(request: ReturnRequest, signal?: AbortSignal): Promise<ReturnResult>;
  /** Ends the call, with a Q.850 cause (16 if not said). Idempotent, from any line. Resolves when nothing of it is left. */
  hangUp(reason: EndReason, cause?: number): Promise<void>;
  /** Resolves once, when the call is over for whatever reason; never rejects. */
  readonly ended: Promise<EndReason>;
}
