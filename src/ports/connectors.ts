/** Non-sensitive values only: what flows may see. Amounts are decimal strings, never floats. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value };

export interface ExchangeRequest {
  readonly connector: string;
  /** Operation of the connector; a connector with a single one calls it `run`. */
  readonly operation: string;
  /** What the connector may see, by the names its file declares. */
  readonly values: Readonly<Record<string, Value>>;
  /** Vault references by the names its file declares as sensitive (`card_number`, `expiry`, `security_code`, `otp`). */
  readonly sealed: Readonly<Record<string, string>>;
  /** Owner of whatever sensitive field the answer brings: the call's id. */
  readonly owner: string;
  /** Asked right before the first byte: when it says no, nothing is sent. Without it, a request may always leave. */
  readonly mayLeave?: () => boolean;
}

export interface ExchangeResult {
  /** An outcome that the connector's file names (`ok`, `approved`, `declined`, ...), or `error` or `timeout`. */
  readonly outcome: string;
  /** Captured values of the answer. */
  readonly values: Readonly<Record<string, Value>>;
  /** Captured sensitive fields: vault references. */
  readonly sealed: Readonly<Record<string, string>>;
  /** `no`: proved that no byte of the request left. `yes`: an answer came. `maybe`: it left, and no usable answer came. */
  readonly sent: 'no' | 'maybe' | 'yes';
  readonly status: number | null;
  readonly ms: number;
  /** Why, in words without card data, for logs. */
  readonly reason: string;
}

/** Runs one operation of one connector. Resolves with an outcome for every fault of the other side; never retries by itself beyond what the file says. */
export interface Connectors {
  exchange(request: ExchangeRequest, signal?: AbortSignal): Promise<ExchangeResult>;
}
