import type { ErrorCode } from '../errors';

/**
 * The story of a call, as it happens. Observers (the log, the demo's transcript, later the agent's panel) see this and
 * nothing else; no event can carry a digit of a sensitive field.
 */
export type CallEvent =
  /** Nobody answers this number. It has no id yet, so its channel stands for it. */
  | { readonly type: 'call-refused'; readonly did: string; readonly reason: string }
  | {
      readonly type: 'call-started';
      readonly caller: string;
      readonly did: string;
      readonly flow: string;
      /** Of the flow: SHA-256, hex. */
      readonly version: string;
    }
  /** A call that another process began goes on here. */
  | { readonly type: 'call-resumed'; readonly flow: string; readonly version: string }
  | {
      readonly type: 'context-loaded';
      readonly from: string;
      readonly amount: string;
      readonly currency: string;
      readonly order: string;
    }
  /** Somebody transferred the caller to us. `target`: the return target that they are; '' when they are none. */
  | { readonly type: 'transferred'; readonly target: string }
  | { readonly type: 'step-entered'; readonly step: string }
  | { readonly type: 'said'; readonly words: string }
  /** The first prompt after a field that a key ended: how long the caller waited for it, by the engine's own clock. */
  | { readonly type: 'prompt-started'; readonly ms: number }
  | { readonly type: 'field-opened'; readonly field: string; readonly attempt: number }
  | { readonly type: 'key-pressed'; readonly field: string; readonly count: number }
  | { readonly type: 'field-cleared'; readonly field: string }
  | {
      readonly type: 'field-closed';
      readonly field: string;
      readonly outcome: string;
      readonly masked: string;
      readonly brand?: string;
    }
  | {
      readonly type: 'exchanged';
      readonly connector: string;
      readonly operation: string;
      readonly outcome: string;
      readonly ms: number;
      /** Why, in words without card data; '' when there is nothing to say. */
      readonly reason: string;
      readonly status?: number;
    }
  | {
      readonly type: 'payment';
      readonly outcome: string;
      /** The merchant's reference of the order. */
      readonly order: string;
      readonly reference: string;
      readonly attempt: string;
      readonly amount: string;
      readonly currency: string;
      readonly masked: string;
      readonly reason: string;
    }
  /** A payment that the caller was told is being checked, once it is known. */
  | {
      readonly type: 'payment-settled';
      readonly outcome: string;
      readonly order: string;
      readonly attempt: string;
      readonly reason: string;
    }
  | { readonly type: 'returning'; readonly target: string }
  | { readonly type: 'returned'; readonly target: string; readonly outcome: string }
  | { readonly type: 'failed'; readonly code: ErrorCode | 'engine-error'; readonly reason: string }
  | { readonly type: 'call-ended'; readonly reason: string };

/** Records one event of one call. Never throws: a failing observer must not cost a call. */
export type RecordCallEvent = (call: string, event: CallEvent) => void;
